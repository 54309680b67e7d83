using System.Buffers;
using System.Text;
using Akka.Actor;

namespace ActorSockets.Tests;

/// <summary>Actors whose code awaits, by <c>ReceiveAsync</c>.</summary>
public sealed class AwaitingTests : ServerTest
{
    [Theory]
    [InlineData("tcp://127.0.0.1:0")]
    [InlineData("udp://127.0.0.1:0")]
    public async Task What_was_begun_is_gone_on_with_after_it_asked_to_close(string endpoint)
    {
        var goOn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var server = await StartAsync(s => s.Listen(endpoint)
            .Handle(() => new ClosingActor(TestActor, goOn.Task)).Handle(() => new ClosingPeer(TestActor, goOn.Task)));
        using var client = endpoint.StartsWith("tcp", StringComparison.Ordinal) ? await ConnectAsync(server) : null;
        using var sender = client is null ? OpenUdp(server) : null;
        if (sender is not null)
        {
            await sender.SendAsync("a"u8.ToArray());
        }

        await ExpectMsgAsync("asked to close", Deadline);
        goOn.SetResult();

        await ExpectMsgAsync("gone on", Deadline);
        await ExpectMsgAsync("closed LocalClosed", Deadline);
        if (client is not null)
        {
            Assert.Equal("last words", await ReadToEndAsync(client));
        }
    }

    [Fact]
    public async Task Another_handler_takes_over_when_what_was_begun_is_done()
    {
        var goOn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle(() => new SwitchingActor(TestActor, goOn.Task)));
        using var client = await ConnectAsync(server);
        await ExpectMsgAsync("asked to switch", Deadline);

        goOn.SetResult();

        foreach (var step in new[] { "gone on", "stopped", "next begins" })
        {
            await ExpectMsgAsync(step, Deadline);
        }
    }

    [Theory]
    [InlineData("close")]
    [InlineData("switch")]
    public async Task What_was_begun_and_fails_after_it_asked_for_an_end_has_failed(string end)
    {
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle(() => new FailingActor(TestActor, end)));
        using var client = await ConnectAsync(server);

        Assert.Equal("", await ReadToEndAsync(client));

        client.Close();
        await ClosedAsync(server, CloseReason.HandlerFailed);
        Assert.Equal(1, server.Statistics.HandlerFailures);
        await ExpectNoMsgAsync(TimeSpan.Zero);
    }

    [Fact]
    public async Task A_verification_stays_on_the_actor_when_it_awaits()
    {
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle(() => new VerifyingActor(TestActor)));
        using var client = await ConnectAsync(server);

        await ExpectMsgAsync(server.Actor.Path.Name, Deadline);
        await UntilAsync(() => server.Connections.Count == 1, "it is served");
    }

    [Fact]
    public async Task What_awaiting_code_has_written_is_sent_when_it_is_done()
    {
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle<LateActor>());
        using var client = await ConnectAsync(server);

        await ExpectAsync(client, "late");
    }

    [Theory]
    [InlineData("awaits")]
    [InlineData("holds its thread")]
    public async Task A_datagram_peer_does_not_expire_while_its_actor(string isBusy)
    {
        var goOn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var server = await StartAsync(s => s.Listen("udp://127.0.0.1:0").Handle(() => new BusyPeer(TestActor, goOn.Task, awaits: isBusy == "awaits")).Configure(o => o.PeerTimeout = TimeSpan.FromMilliseconds(100)));
        using var busy = OpenUdp(server);
        using var other = OpenUdp(server);
        await busy.SendAsync("a"u8.ToArray());
        await ExpectMsgAsync("begins a", Deadline);
        await other.SendAsync("x"u8.ToArray());
        await ExpectMsgAsync("begins x", Deadline);
        await ExpectMsgAsync("ends x", Deadline);

        // The other one came later and has expired.
        await ClosedAsync(server, CloseReason.IdleTimeout);
        await busy.SendAsync("b"u8.ToArray());
        await UntilAsync(() => server.Statistics.DatagramsReceived == 3, "received");
        goOn.SetResult();

        foreach (var step in new[] { "ends a", "begins b", "ends b" })
        {
            await ExpectMsgAsync(step, Deadline);
        }

        Assert.Equal(2, server.Statistics.Accepted);
    }

    [Fact]
    public async Task A_stop_does_not_wait_for_awaiting_code_beyond_its_deadline()
    {
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle(() => new ClosingActor(TestActor, Task.Delay(Timeout.Infinite))));
        using var client = await ConnectAsync(server);
        await ExpectMsgAsync("asked to close", Deadline);

        Assert.Equal(new StopReport(0, 1), await server.StopAsync(TimeSpan.Zero).WaitAsync(Deadline));
        await ExpectMsgAsync("closed DrainTimeout", Deadline);
    }

    private sealed class ClosingActor : ConnectionActor
    {
        private readonly IActorRef _listener;

        public ClosingActor(IActorRef listener, Task goOn)
        {
            _listener = listener;
            ReceiveAsync<string>(async _ =>
            {
                Connection.Close();
                listener.Tell("asked to close");
                await goOn;
                Connection.Output.Write("last words"u8);
                listener.Tell("gone on");
            });
        }

        protected override void OnConnected() => Self.Tell("go");

        protected override void OnClosed(CloseReason reason) => _listener.Tell($"closed {reason}");
    }

    private sealed class ClosingPeer : DatagramActor
    {
        private readonly IActorRef _listener;

        public ClosingPeer(IActorRef listener, Task goOn)
        {
            _listener = listener;
            ReceiveAsync<string>(async _ =>
            {
                Peer.Close();
                listener.Tell("asked to close");
                await goOn;
                listener.Tell("gone on");
            });
        }

        protected override void OnReceived(Datagram datagram) => Self.Tell("go");

        protected override void OnClosed(CloseReason reason) => _listener.Tell($"closed {reason}");
    }

    private sealed class SwitchingActor : ConnectionActor
    {
        private readonly IActorRef _listener;

        public SwitchingActor(IActorRef listener, Task goOn)
        {
            _listener = listener;
            ReceiveAsync<string>(async _ =>
            {
                SwitchHandler(async connection =>
                {
                    listener.Tell("next begins");
                    await connection.ReadLineAsync();
                });
                listener.Tell("asked to switch");
                await goOn;
                listener.Tell("gone on");
            });
        }

        protected override void OnConnected() => Self.Tell("go");

        protected override void PostStop() => _listener.Tell("stopped");
    }

    private sealed class FailingActor : ConnectionActor
    {
        public FailingActor(IActorRef listener, string end) => ReceiveAsync<string>(_ =>
        {
            if (end == "close")
            {
                Connection.Close();
            }
            else
            {
                SwitchHandler(async connection =>
                {
                    listener.Tell("next begins");
                    await connection.ReadLineAsync();
                });
            }

            throw new InvalidOperationException("asked to");
        });

        protected override void OnConnected() => Self.Tell("go");
    }

    private sealed class VerifyingActor(IActorRef listener) : ConnectionActor
    {
        protected override async ValueTask<bool> VerifyAsync()
        {
            await Task.Delay(10);
            listener.Tell(Context.Self.Path.Parent.Parent.Name);
            return true;
        }
    }

    private sealed class LateActor : ConnectionActor
    {
        public LateActor() => ReceiveAnyAsync(async _ =>
        {
            await Task.Delay(10);
            Connection.Output.Write(Encoding.UTF8.GetBytes("late"));
        });

        protected override void OnConnected() => Self.Tell("go");
    }

    private sealed class BusyPeer : DatagramActor
    {
        private readonly IActorRef _listener;
        private readonly Task _goOn;
        private readonly bool _awaits;

        public BusyPeer(IActorRef listener, Task goOn, bool awaits)
        {
            (_listener, _goOn, _awaits) = (listener, goOn, awaits);
            ReceiveAsync<string>(HandleAsync);
        }

        protected override void OnReceived(Datagram datagram)
        {
            var text = Encoding.UTF8.GetString(datagram.Data.Span);
            if (_awaits)
            {
                Self.Tell(text);
            }
            else
            {
                HandleAsync(text).Wait();
            }
        }

        private async Task HandleAsync(string text)
        {
            _listener.Tell($"begins {text}");
            if (text == "a")
            {
                await _goOn;
            }

            _listener.Tell($"ends {text}");
        }
    }
}
