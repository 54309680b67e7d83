using System.Net.Sockets;
using ActorSockets.Tests.Faults;
using Akka.Event;

namespace ActorSockets.Tests;

/// <summary>A server none of whose handlers can be made, because what they need is not there.</summary>
public sealed class UnmadeHandlersTests() : ServerTest("ERROR")
{
    public static TheoryData<string> Styles => ["actor", "request handler"];

    [Theory]
    [MemberData(nameof(Styles))]
    [Proves("no handler can be made", "health; then new ones are refused by the kernel")]
    public async Task A_server_that_can_make_no_handler_accepts_nobody_until_it_can(string style)
    {
        Sys.EventStream.Subscribe(TestActor, typeof(Error));
        var fails = true;
        var server = await StartAsync(
            s =>
            {
                s.Listen("tcp://127.0.0.1:0").Configure(o => (o.MinRebindBackoff, o.MaxRebindBackoff) = (TimeSpan.FromMilliseconds(300), TimeSpan.FromMilliseconds(600)));
                _ = style == "actor" ? s.Handle(() => Make<CounterActor>()) : s.Handle(() => Make<CounterHandler>());
            },
            "unmade");
        for (var i = 0; i < 9; i++)
        {
            await FailAsync();
            Assert.Null(server.HandlerFailure);
        }

        await FailAsync();
        await UntilAsync(() => server.HandlerFailure is not null, "it is known");
        Assert.Equal("no database", server.HandlerFailure!.Message);
        await FishForMessageAsync<Error>(e => $"{e.Message}" == "[unmade] accepts nobody: no handler can be made: no database; next try in 0.3 s", Deadline);
        await RefusedAsync(server.Endpoints[0].Port);
        Assert.Equal(ServerState.Serving, server.State);

        // It tries again, with the next client, and then more slowly.
        await UntilAsync(() => Accepts(), "it tries again");
        await FishForMessageAsync<Error>(e => $"{e.Message}" == "[unmade] accepts nobody: no handler can be made: no database; next try in 0.6 s", Deadline);

        Volatile.Write(ref fails, false);
        using var client = await EventuallyAsync(ServedAsync);
        await UntilAsync(() => server.HandlerFailure is null, "it is forgotten");
        await AssertBalancedAsync(server);

        T Make<T>()
            where T : new() => Volatile.Read(ref fails) ? throw new IOException("no database") : new T();

        async Task FailAsync()
        {
            using var client = await ConnectAsync(server);
            Assert.Equal("", await ReadToEndAsync(client));
        }

        async Task<TcpClient> ServedAsync()
        {
            var served = await ConnectAsync(server);
            await SendAsync(served, "a\n");
            await ExpectAsync(served, "1 a\n");
            return served;
        }

        bool Accepts()
        {
            using var client = new TcpClient();
            try
            {
                client.Connect(System.Net.IPAddress.Loopback, server.Endpoints[0].Port);
                return true;
            }
            catch (SocketException exception)
            {
                Assert.Equal(SocketError.ConnectionRefused, exception.SocketErrorCode);
                return false;
            }
        }
    }

    [Fact]
    public async Task Handlers_that_fail_for_some_clients_only_stop_nothing()
    {
        var made = 0;
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle(() => Interlocked.Increment(ref made) % 5 != 0 ? throw new IOException("not you") : new CounterActor()));
        for (var i = 1; i <= 60; i++)
        {
            using var client = await ConnectAsync(server);
            Assert.Equal(i % 5 == 0 ? "1 a\n" : "", await AskAsync(client));
        }

        Assert.Null(server.HandlerFailure);

        static async Task<string> AskAsync(TcpClient client)
        {
            await Record.ExceptionAsync(() => SendAsync(client, "a\n"));
            client.Client.Shutdown(SocketShutdown.Send);
            return await ReadToEndAsync(client);
        }
    }

    [Fact]
    public async Task A_server_that_was_suspended_meanwhile_is_not_resumed_by_a_new_try()
    {
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle<CounterActor>(() => throw new IOException("no database"))
            .Configure(o => o.MinRebindBackoff = TimeSpan.FromMilliseconds(200)));
        await FailTenTimesAsync(server);
        await server.SuspendAsync().WaitAsync(Deadline);
        var port = server.Endpoints[0].Port;
        for (var end = Environment.TickCount64 + 500; Environment.TickCount64 < end; await Task.Delay(20))
        {
            await RefusedAsync(port);
        }

        await server.ResumeAsync().WaitAsync(Deadline);
        using var accepted = await ConnectAsync(server);
    }

    [Fact]
    public async Task A_resumption_waits_until_handlers_are_tried_again()
    {
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle<CounterActor>(() => throw new IOException("no database"))
            .Configure(o => (o.MinRebindBackoff, o.MaxRebindBackoff) = (TimeSpan.FromMilliseconds(300), TimeSpan.FromMilliseconds(600))));
        await FailTenTimesAsync(server);
        await server.SuspendAsync().WaitAsync(Deadline);
        var resuming = server.ResumeAsync();
        await RefusedAsync(server.Endpoints[0].Port);
        await resuming.WaitAsync(Deadline);

        using var accepted = await ConnectAsync(server);
        Assert.Equal((ServerState.Serving, 0), (server.State, server.SuspendedEndpoints.Count));
    }

    private static async Task FailTenTimesAsync(SocketServer server)
    {
        for (var i = 0; i < 10; i++)
        {
            using var client = await ConnectAsync(server);
            await ReadToEndAsync(client);
        }

        await UntilAsync(() => server.HandlerFailure is not null, "it is known");
    }
}
