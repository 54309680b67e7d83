using System.Buffers;
using System.Diagnostics;
using System.Net.Sockets;
using Akka.Actor;

namespace ActorSockets.Tests;

/// <summary>What one connection, message or piece of data does to the next.</summary>
public sealed class InterplayTests : ServerTest
{
    [Fact]
    public async Task What_a_turn_writes_is_sent_though_the_actor_always_has_another_message()
    {
        using var stop = new CancellationTokenSource();
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle(() => new BusyActor(stop.Token)));
        using var client = await ConnectAsync(server);
        await SendAsync(client, "x");
        try
        {
            Assert.Equal("x", await ReceiveAsync(client.Client, 1).WaitAsync(Deadline));
        }
        finally
        {
            await stop.CancelAsync();
        }
    }

    [Fact]
    public async Task What_a_turn_writes_is_sent_though_the_message_behind_it_is_one_that_Akka_answers_by_itself()
    {
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle(() => new IdentifiedActor()));
        using var client = await ConnectAsync(server);
        await SendAsync(client, "x");
        Assert.Equal("x", await ReceiveAsync(client.Client, 1).WaitAsync(Deadline));
    }

    [Fact]
    public async Task What_comes_behind_urgent_data_is_received()
    {
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle(() => new EchoActor()).Configure(o => (o.MaxConnections, o.Overflow) = (1, Overflow.Wait)));
        using var first = await ConnectAsync(server);
        await SendAsync(first, "a");
        await ExpectAsync(first, "a");
        using var second = await ConnectAsync(server);
        second.Client.Send("ab"u8);
        second.Client.Send("!"u8, SocketFlags.OutOfBand);
        second.Client.Send("cd"u8);

        // It was not accepted yet: all of it is there when it is.
        first.Dispose();
        Assert.Equal("abcd", await ReceiveAsync(second.Client, 4).WaitAsync(Deadline));
    }

    [SkippableFact]
    public async Task What_comes_behind_a_descriptor_that_was_passed_is_received()
    {
        Skip.IfNot(File.Exists("/usr/bin/python3"), "python3 is missing");
        var path = Path.Join(Path.GetTempPath(), $"as-{Guid.NewGuid():N}.sock");
        var server = await StartAsync(s => s.Listen($"unix:{path}").Handle(() => new EchoActor()).Configure(o => (o.MaxConnections, o.Overflow) = (1, Overflow.Wait)));
        using var first = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await first.ConnectAsync(new UnixDomainSocketEndPoint(path));
        first.Send("a"u8);
        Assert.Equal("a", await ReceiveAsync(first, 1));
        const string Script = "import socket,sys\ns=socket.socket(socket.AF_UNIX)\ns.connect(sys.argv[1])\nsocket.send_fds(s,[b'ab'],[0])\ns.send(b'cd')\nprint('sent',flush=True)\ns.settimeout(20)\nr=b''\ntry:\n  while len(r)<4: r+=s.recv(9)\nexcept TimeoutError: pass\nprint(r.decode(),flush=True)\n";
        using var python = Process.Start(new ProcessStartInfo("/usr/bin/python3", ["-c", Script, path]) { RedirectStandardOutput = true })!;
        Assert.Equal("sent", await python.StandardOutput.ReadLineAsync());
        first.Dispose();
        Assert.Equal("abcd", await python.StandardOutput.ReadLineAsync());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_handler_that_blocks_when_its_connection_times_out_holds_up_no_new_connections(bool configures)
    {
        using var release = new ManualResetEventSlim();
        using var blocked = new ManualResetEventSlim();
        var isFirst = 1;
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle(async connection =>
        {
            if (Interlocked.Exchange(ref isFirst, 0) == 0)
            {
                await connection.SendAsync("hello");
                return;
            }

            try
            {
                await connection.Input.ReadAsync().ConfigureAwait(!configures);
            }
            catch (ConnectionClosedException)
            {
                blocked.Set();
                release.Wait();
            }
        }).Configure(o => o.IdleTimeout = TimeSpan.FromMilliseconds(500)));
        using var client = await ConnectAsync(server);
        try
        {
            await UntilAsync(() => blocked.IsSet, "its handler blocks");
            using var other = await ConnectAsync(server);
            Assert.Equal("hello", await ReceiveAsync(other.Client, 5).WaitAsync(Deadline));
        }
        finally
        {
            release.Set();
        }
    }

    [Fact]
    public async Task A_handler_whose_connection_an_actor_aborts_does_not_go_on_within_that_actor()
    {
        Connection? victim = null;
        var sender = new TaskCompletionSource<IActorRef?>();
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle(async connection =>
        {
            victim = connection;
            try
            {
                await connection.Input.ReadAsync().ConfigureAwait(false);
            }
            catch (ConnectionClosedException)
            {
                sender.TrySetResult(ActorCell.GetCurrentSelfOrNoSender());
            }
        }));
        var aborter = Sys.ActorOf(Props.Create(() => new AbortingActor()));
        using var first = await ConnectAsync(server);
        await UntilAsync(() => victim is { IsIdle: true }, "its handler waits");
        aborter.Tell(victim);
        Assert.NotEqual(aborter, await sender.Task.WaitAsync(Deadline));
    }

    private sealed class AbortingActor : ReceiveActor
    {
        public AbortingActor() => Receive<Connection>(connection => connection.Abort());
    }

    private sealed class BusyActor : ConnectionActor
    {
        private readonly CancellationToken _stop;

        public BusyActor(CancellationToken stop)
        {
            _stop = stop;
            Receive<string>(again =>
            {
                Thread.Sleep(1);
                if (!_stop.IsCancellationRequested)
                {
                    Self.Tell(again);
                }
            });
        }

        protected override void OnReceived(in ReadOnlySequence<byte> data)
        {
            Connection.Output.Write(data.FirstSpan);
            Self.Tell("again");
        }
    }

    private sealed class IdentifiedActor : ConnectionActor
    {
        protected override void OnReceived(in ReadOnlySequence<byte> data)
        {
            Connection.Output.Write(data.FirstSpan);
            Self.Tell(new Identify(1), ActorRefs.NoSender);
        }
    }
}
