using System.Buffers;
using System.Net.Sockets;
using Akka.Actor;

namespace ActorSockets.Tests;

/// <summary><c>handle_error</c>, for all styles of handlers.</summary>
public sealed class OnErrorTests : ServerTest
{
    public static TheoryData<string, bool> StylesAndPace => LineEcho.StylesAndPace;

    [Theory]
    [MemberData(nameof(StylesAndPace))]
    public async Task Close_closes_the_connection_after_its_output_whatever_the_policy(string style, bool takesItsTime)
    {
        var server = await StartAsync(style, takesItsTime, ErrorDirective.Close, RestartPolicy.Resume());
        using var client = await ConnectAsync(server);

        await SendAsync(client, "a\ncrash\nb\n");

        Assert.Equal("a\n", await ReadToEndAsync(client));
        client.Close();
        await ClosedAsync(server, CloseReason.HandlerFailed);
        await ExpectMsgAsync("Handle: asked to", Deadline);
    }

    [Fact]
    public async Task The_hook_is_asked_about_code_that_awaits()
    {
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle<AwaitingActor>().OnError(Ask));
        using var client = await ConnectAsync(server);

        await ExpectMsgAsync("Handle: asked to", Deadline);
        Assert.Equal("", await ReadToEndAsync(client));
        Assert.Equal((1, 0), (server.Statistics.HandlerFailures, server.Statistics.Restarts));
    }

    [Fact]
    public async Task The_hook_of_an_actor_stays_on_the_actor_when_it_awaits()
    {
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").OnFailure(RestartPolicy.Close).Handle(() => new DecidingActor(TestActor)));
        using var client = await ConnectAsync(server);

        await SendAsync(client, "crash\n");

        await ExpectMsgAsync($"{server.Actor.Path.Name} decides", Deadline);
        await SendAsync(client, "again\n");
        await ExpectMsgAsync($"{server.Actor.Path.Name} decides", Deadline);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_hook_that_awaits_the_stop_of_the_server_does_not_wait_for_its_own_connection(bool isActor)
    {
        SocketServer? server = null;
        server = await StartAsync(s =>
        {
            s.Listen("tcp://127.0.0.1:0").OnError(async _ =>
            {
                await Task.Delay(10);
                await server!.StopAsync(Deadline);
                TestActor.Tell("stopped");
                return ErrorDirective.Close;
            });
            _ = isActor ? s.Handle<CrashingActor>() : s.Handle(_ => throw new InvalidOperationException("asked to"));
        });
        using var client = await ConnectAsync(server);
        await SendAsync(client, "crash\n");

        await ExpectMsgAsync("stopped", TimeSpan.FromSeconds(10));
    }

    [Theory]
    [MemberData(nameof(StylesAndPace))]
    public async Task Abort_resets_the_connection(string style, bool takesItsTime)
    {
        var server = await StartAsync(style, takesItsTime, ErrorDirective.Abort);
        using var client = await ConnectAsync(server);

        await SendAsync(client, "crash\n");

        var error = await Assert.ThrowsAsync<SocketException>(() => ReadToEndAsync(client));
        Assert.Equal(SocketError.ConnectionReset, error.SocketErrorCode);
        await ClosedAsync(server, CloseReason.HandlerFailed);
    }

    [Theory]
    [MemberData(nameof(StylesAndPace))]
    public async Task Restart_goes_on_with_a_fresh_handler_on_the_same_socket_until_the_budget_is_spent(string style, bool takesItsTime)
    {
        var server = await StartAsync(style, takesItsTime, ErrorDirective.Restart);
        using var client = await ConnectAsync(server);

        for (var failures = 0; failures < RestartPolicy.DefaultMax; failures++)
        {
            await SendAsync(client, "a\ncrash\nb\n");
            await ExpectAsync(client, "a\nb\n");
        }

        await SendAsync(client, "a\ncrash\nb\n");

        Assert.Equal("a\n", await ReadToEndAsync(client));
        Assert.Equal((RestartPolicy.DefaultMax, RestartPolicy.DefaultMax + 1), (server.Statistics.Restarts, server.Statistics.HandlerFailures));
    }

    [Theory]
    [MemberData(nameof(StylesAndPace))]
    public async Task StopServer_stops_the_server_gracefully_and_without_a_failure(string style, bool takesItsTime)
    {
        var server = await StartAsync(style, takesItsTime, ErrorDirective.StopServer);
        using var other = await ConnectAsync(server);
        await SendAsync(other, "a\n");
        await ExpectAsync(other, "a\n");
        using var client = await ConnectAsync(server);

        await SendAsync(client, "crash\n");

        Assert.Equal("", await ReadToEndAsync(client));
        client.Close();
        await UntilAsync(() => server.State == ServerState.Stopping, "stopping");
        await SendAsync(other, "b\n");
        await ExpectAsync(other, "b\n");
        other.Close();
        Assert.Equal(0, (await server.Completion.WaitAsync(Deadline)).Aborted);
    }

    [Theory]
    [MemberData(nameof(StylesAndPace))]
    public async Task ApplyPolicy_does_what_the_restart_policy_says(string style, bool takesItsTime)
    {
        var server = await StartAsync(style, takesItsTime, ErrorDirective.ApplyPolicy, RestartPolicy.Resume());
        using var client = await ConnectAsync(server);

        await SendAsync(client, "a\ncrash\nb\n");

        await ExpectAsync(client, "a\nb\n");
        Assert.Equal((1, 0), (server.Statistics.HandlerFailures, server.Statistics.Restarts));
    }

    [Theory]
    [MemberData(nameof(StylesAndPace))]
    public async Task A_hook_that_throws_closes_its_connection_and_harms_nobody_else(string style, bool takesItsTime)
    {
        var server = await StartAsync(style, takesItsTime, null, RestartPolicy.Restart());
        using var other = await ConnectAsync(server);
        using var client = await ConnectAsync(server);

        await SendAsync(client, "crash\n");

        Assert.Equal("", await ReadToEndAsync(client));
        client.Close();
        await ClosedAsync(server, CloseReason.HandlerFailed);
        await SendAsync(other, "a\n");
        await ExpectAsync(other, "a\n");
    }

    [Theory]
    [InlineData("setup", "Setup: setup", "setup,error")]
    [InlineData("handle", "Handle: handle", "setup,handle,finish,error")]
    [InlineData("finish", "Finish: finish", "setup,handle,finish,error")]
    [InlineData("handle and finish", "Finish: finish", "setup,handle,finish,error")]
    public async Task The_hook_of_a_request_handler_comes_after_finish_and_is_told_the_phase(string fails, string told, string steps)
    {
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle(() => new JournalHandler(TestActor, fails)));
        using var client = await ConnectAsync(server);

        Assert.Equal("", await ReadToEndAsync(client));

        client.Close();
        foreach (var step in steps.Split(','))
        {
            await ExpectMsgAsync(step == "error" ? told : step, Deadline);
        }

        await ExpectMsgAsync("closed HandlerFailed", Deadline);
        await ExpectNoMsgAsync(TimeSpan.Zero);
    }

    [Fact]
    public async Task A_factory_that_throws_is_told_to_the_hook_of_the_server()
    {
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0")
            .Handle<LineEcho.Handler>(() => throw new InvalidOperationException("no handler"))
            .OnError(context =>
            {
                TestActor.Tell($"{context.Phase}: {context.Exception.Message}");
                return ValueTask.FromResult(ErrorDirective.Close);
            }));
        using var client = await ConnectAsync(server);

        Assert.Equal("", await ReadToEndAsync(client));

        await ExpectMsgAsync("Create: no handler", Deadline);
    }

    [Fact]
    public async Task Neither_a_reset_by_the_peer_nor_a_cancellation_is_an_error()
    {
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0")
            .OnError(_ => throw new InvalidOperationException("asked about something that is no error"))
            .Handle(async connection =>
            {
                if ($"{await connection.ReadLineAsync()}" == "cancel")
                {
                    throw new OperationCanceledException();
                }

                await connection.ReadLineAsync();
            }));
        var resetting = await ConnectAsync(server);
        await SendAsync(resetting, "a\n");
        using var cancelling = await ConnectAsync(server);
        await SendAsync(cancelling, "cancel\n");
        Assert.Equal("", await ReadToEndAsync(cancelling));
        cancelling.Close();
        await ClosedAsync(server, CloseReason.LocalClosed);

        resetting.Client.Close(timeout: 0);

        await ClosedAsync(server, CloseReason.PeerReset);
        Assert.Equal(0, server.Statistics.HandlerFailures);
    }

    [Fact]
    public async Task The_hook_decides_about_datagrams_as_well()
    {
        var server = await StartAsync(s => s.Listen("udp://127.0.0.1:0").Handle<CounterPeer>().OnError(_ => ValueTask.FromResult(ErrorDirective.Close)));
        using var client = OpenUdp(server);

        Assert.Equal("1 a", await ExchangeAsync(client, "a"));
        await client.SendAsync("crash"u8.ToArray());

        await ClosedAsync(server, CloseReason.HandlerFailed);
        Assert.Equal("1 b", await ExchangeAsync(client, "b"));
    }

    private Task<SocketServer> StartAsync(string style, bool takesItsTime, ErrorDirective? answer, RestartPolicy? policy = null) =>
        StartAsync(s =>
        {
            s.Listen("tcp://127.0.0.1:0").OnFailure(policy ?? RestartPolicy.Close).Configure(o => o.DrainTimeout = Deadline).OnError(async context =>
            {
                if (takesItsTime)
                {
                    await Task.Yield();
                }

                TestActor.Tell($"{context.Phase}: {context.Exception.Message}");
                return answer ?? throw new InvalidOperationException("the hook fails");
            });
            s.HandleLines(style);
        });

    private sealed class JournalHandler(IActorRef listener, string fails) : StreamRequestHandler
    {
        protected internal override Task SetupAsync() => Step("setup");

        protected internal override Task HandleAsync() => Step("handle");

        protected internal override Task FinishAsync() => Step("finish");

        protected internal override ValueTask<ErrorDirective> OnErrorAsync(ErrorContext context)
        {
            listener.Tell($"{context.Phase}: {context.Exception.Message}");
            return base.OnErrorAsync(context);
        }

        protected internal override void OnClosed(CloseReason reason) => listener.Tell($"closed {reason}");

        private Task Step(string name)
        {
            listener.Tell(name);
            return fails.Contains(name, StringComparison.Ordinal) ? throw new InvalidOperationException(name) : Task.CompletedTask;
        }
    }

    private ValueTask<ErrorDirective> Ask(ErrorContext error)
    {
        TestActor.Tell($"{error.Phase}: {error.Exception.Message}");
        return new(ErrorDirective.Close);
    }

    private sealed class AwaitingActor : ConnectionActor
    {
        public AwaitingActor() => ReceiveAsync<string>(async _ =>
        {
            await Task.Delay(10);
            throw new InvalidOperationException("asked to");
        });

        protected override void OnConnected() => Self.Tell("go");
    }

    private sealed class CrashingActor : ConnectionActor
    {
        protected override void OnReceived(in ReadOnlySequence<byte> data) => throw new InvalidOperationException("asked to");
    }

    private sealed class DecidingActor(IActorRef listener) : ConnectionActor
    {
        protected override void OnReceived(in ReadOnlySequence<byte> data) => throw new InvalidOperationException("asked to");

        protected override async ValueTask<ErrorDirective> OnErrorAsync(ErrorContext context)
        {
            await Task.Delay(10);
            listener.Tell($"{Context.Self.Path.Parent.Parent.Name} decides");
            return ErrorDirective.Restart;
        }
    }
}
