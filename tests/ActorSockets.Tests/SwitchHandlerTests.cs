using System.Buffers;
using System.Text;
using Akka.Actor;

namespace ActorSockets.Tests;

/// <summary>A connection that goes on with another handler.</summary>
public sealed class SwitchHandlerTests : ServerTest
{
    [Theory]
    [InlineData("delegate", "delegate")]
    [InlineData("delegate", "request handler")]
    [InlineData("delegate", "connection actor")]
    [InlineData("connection actor", "delegate")]
    [InlineData("connection actor", "request handler")]
    [InlineData("connection actor", "connection actor")]
    public async Task The_next_handler_goes_on_with_the_same_connection_and_the_bytes_that_were_not_consumed(string from, string to)
    {
        var server = await StartAsync(s =>
        {
            s.Listen("tcp://127.0.0.1:0");
            _ = from == "delegate" ? s.Handle(connection => UpgradeAsync(connection, to)) : s.Handle(() => new UpgradingActor(to));
        });
        using var client = await ConnectAsync(server);

        await SendAsync(client, "UPGRADE\na\nb\n");
        await ExpectAsync(client, "ok 1 a\n2 b\n".Replace("ok ", "ok\n", StringComparison.Ordinal));
        await SendAsync(client, "c\n");
        await ExpectAsync(client, "3 c\n");

        Assert.Equal((1, 0, 0), (server.Statistics.Accepted, server.Statistics.Restarts, server.Statistics.HandlerFailures));
        client.Close();
        await ClosedAsync(server, CloseReason.PeerClosed);
    }

    [Fact]
    public async Task Finish_of_the_first_runs_before_Setup_of_the_next_and_only_the_last_is_told_the_end()
    {
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle(() => new Journal(TestActor, "first")));
        using var client = await ConnectAsync(server);
        var self = (await ExpectMsgAsync<(string, IActorRef)>(Deadline)).Item2;

        await SendAsync(client, "go on\n");

        foreach (var step in new[] { "first finish", "next setup", "next finish", "next closed PeerClosed" })
        {
            var (told, by) = await ExpectMsgAsync<(string, IActorRef)>(Deadline);
            Assert.Equal((step, self), (told, by));
            if (step == "next setup")
            {
                client.Close();
            }
        }

        await ExpectNoMsgAsync(TimeSpan.Zero);
    }

    [Fact]
    public async Task After_a_restart_the_handler_serves_that_was_switched_to()
    {
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").OnFailure(RestartPolicy.Restart()).Handle(connection => UpgradeAsync(connection, "connection actor")));
        using var client = await ConnectAsync(server);

        await SendAsync(client, "UPGRADE\na\ncrash\nb\n");

        await ExpectAsync(client, "ok\n1 a\n1 b\n");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Where_the_next_handler_cannot_be_made_the_one_before_is_told_the_end(bool isActor)
    {
        var server = await StartAsync(s =>
        {
            s.Listen("tcp://127.0.0.1:0");
            _ = isActor ? s.Handle(() => new LeavingActor(TestActor, Fail)) : s.Handle(() => new LeavingHandler(TestActor, Fail));
        });
        using var client = await ConnectAsync(server);

        await SendAsync(client, "go on\n");

        await ExpectMsgAsync("closed HandlerFailed", Deadline);
        await ClosedAsync(server, CloseReason.HandlerFailed);
        await ExpectNoMsgAsync(TimeSpan.Zero);

        void Fail(Connection connection) => throw new IOException("no database");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Where_the_next_actor_ends_before_it_is_connected_the_one_before_is_told_the_end(bool isActor)
    {
        var server = await StartAsync(s =>
        {
            s.Listen("tcp://127.0.0.1:0");
            _ = isActor ? s.Handle(() => new LeavingActor(TestActor, Stop)) : s.Handle(() => new LeavingHandler(TestActor, Stop));
        });
        using var client = await ConnectAsync(server);

        await SendAsync(client, "go on\n");

        await ExpectMsgAsync("closed LocalClosed", Deadline);
        await ClosedAsync(server, CloseReason.LocalClosed);
        await ExpectNoMsgAsync(TimeSpan.Zero);

        void Stop(Connection connection) => Sys.Stop(connection.Self);
    }

    [Fact]
    public async Task A_handler_that_fails_after_it_asked_for_a_switch_is_not_switched()
    {
        var upgraded = 0;
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").OnFailure(RestartPolicy.Restart()).Handle(async connection =>
        {
            if ($"{await connection.ReadLineAsync()}" == "fail")
            {
                await connection.SwitchHandlerAsync<CounterActor>(() =>
                {
                    upgraded++;
                    return new CounterActor();
                });
                throw new InvalidOperationException("after the switch");
            }

            await connection.SendAsync("first handler");
        }));
        using var client = await ConnectAsync(server);

        await SendAsync(client, "fail\nx\n");

        Assert.Equal("first handler", await ReadToEndAsync(client));
        Assert.Equal(0, upgraded);
    }

    [Fact]
    public async Task What_does_not_serve_streams_cannot_be_switched_to()
    {
        var error = new TaskCompletionSource<Exception?>();
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle(async connection =>
            error.SetResult(await Record.ExceptionAsync(() => connection.SwitchHandlerAsync<CounterPeer>().AsTask()))));
        using var client = await ConnectAsync(server);

        Assert.Contains("does not serve streams", Assert.IsType<ArgumentException>(await error.Task.WaitAsync(Deadline)).Message, StringComparison.Ordinal);
    }

    private static async Task UpgradeAsync(Connection connection, string to)
    {
        Assert.Equal("UPGRADE", $"{await connection.ReadLineAsync()}");
        await connection.SendAsync("ok\n");
        await (to switch
        {
            "delegate" => connection.SwitchHandlerAsync(CountAsync),
            "request handler" => connection.SwitchHandlerAsync<CounterHandler>(),
            _ => connection.SwitchHandlerAsync(() => new CounterActor()),
        });
    }

    private static async Task CountAsync(Connection connection)
    {
        var lines = 0;
        await foreach (var line in connection.ReadLinesAsync())
        {
            await connection.SendAsync($"{++lines} {line}\n");
        }
    }

    private sealed class UpgradingActor(string to) : ConnectionActor(FrameReader.Lines())
    {
        protected override void OnFrame(in ReadOnlySequence<byte> frame)
        {
            Connection.Output.Write("ok\n"u8);
            switch (to)
            {
                case "delegate":
                    SwitchHandler(CountAsync);
                    break;
                case "request handler":
                    SwitchHandler<CounterHandler>();
                    break;
                default:
                    SwitchHandler(() => new CounterActor());
                    break;
            }
        }
    }

    private sealed class Journal(IActorRef listener, string name) : StreamRequestHandler
    {
        protected internal override Task SetupAsync() => TellAsync("setup");

        protected internal override async Task HandleAsync()
        {
            await Connection.ReadLineAsync();
            if (name == "first")
            {
                await Connection.SwitchHandlerAsync(() => new Journal(listener, "next"));
            }
        }

        protected internal override Task FinishAsync() => TellAsync("finish");

        protected internal override void OnClosed(CloseReason reason) => _ = TellAsync($"closed {reason}");

        private Task TellAsync(string step)
        {
            listener.Tell(($"{name} {step}", Connection.Self));
            return Task.CompletedTask;
        }
    }

    private sealed class LeavingActor(IActorRef listener, Action<Connection> inFactory) : ConnectionActor
    {
        protected override void OnReceived(in ReadOnlySequence<byte> data) => SwitchHandler(() =>
        {
            inFactory(Connection);
            return new CounterActor();
        });

        protected override void OnClosed(CloseReason reason) => listener.Tell($"closed {reason}");
    }

    private sealed class LeavingHandler(IActorRef listener, Action<Connection> inFactory) : StreamRequestHandler
    {
        protected internal override async Task HandleAsync()
        {
            await Connection.ReadLineAsync();
            await Connection.SwitchHandlerAsync(() =>
            {
                inFactory(Connection);
                return new CounterActor();
            });
        }

        protected internal override void OnClosed(CloseReason reason) => listener.Tell($"closed {reason}");
    }
}
