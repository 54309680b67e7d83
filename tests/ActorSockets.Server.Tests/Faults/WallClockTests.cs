using System.Globalization;
using ActorSockets.Server.Tests.Support;
using ActorSockets.Tests.Faults;

namespace ActorSockets.Server.Tests.Faults;

/// <summary>Somebody sets the clock of the machine while the program runs.</summary>
[Trait("Category", "Faults")]
public sealed class WallClockTests
{
    private const int TwoHours = 2 * 60 * 60;
    private const int Live = 3;

    [SkippableFact]
    [Proves("the wall clock is set", "nothing")]
    public async Task No_timeout_fires_by_it_and_those_that_are_due_do_all_the_same()
    {
        var (server, rules) = await FaultRules.StartAsync(
            $$"""
            daytime { handler = daytime, listen = ["tcp://127.0.0.1:0"] }
            {{Books.Server}}
            {{Servers("loop", "driver = native, dispatcher = event-loop")}}
            {{Servers("pool", "driver = native, dispatcher = thread-pool")}}
            {{Servers("akka", "driver = akka-io")}}
            """,
            Books.Plugin);
        await using var process = server;
        using var file = rules;
        await using var loop = await Witness.StartAsync(server, "loop");
        await using var pool = await Witness.StartAsync(server, "pool");
        await using var akka = await Witness.StartAsync(server, "akka");
        Witness[] witnesses = [loop, pool, akka];
        foreach (var wrong in new[] { TwoHours, -TwoHours })
        {
            using var rule = rules.Add(FaultCall.Clock, 1000, wrong);
            Assert.InRange(await ClockErrorAsync(server), wrong - 60, wrong + 60);
            await Task.WhenAll(witnesses.Select(witness => witness.LookAsync()));
        }

        Assert.InRange(await ClockErrorAsync(server), -60, 60);
        await Task.WhenAll(witnesses.Select(witness => witness.LookAsync()));
    }

    private static string Servers(string name, string options) =>
        $$"""
        {{name}} { handler = echo, listen = ["tcp://127.0.0.1:0"], {{options}}, idle-timeout = 1h, first-byte-timeout = 1h, frame-timeout = 1h, handler-timeout = 1h, half-open-timeout = 1h }
        quick-{{name}} { handler = echo, listen = ["tcp://127.0.0.1:0"], {{options}}, idle-timeout = 1s }
        """;

    /// <summary>By how many seconds its clock differs from ours.</summary>
    private static async Task<double> ClockErrorAsync(ServerProcess server)
    {
        var said = await StreamClient.ExchangeAsync(server.Port("daytime"), "");
        var time = DateTimeOffset.ParseExact(said.TrimEnd(), "dddd, MMMM d, yyyy HH:mm:sszzz", CultureInfo.InvariantCulture);
        return (time - DateTimeOffset.UtcNow).TotalSeconds;
    }

    /// <summary>Clients of a server with long timeouts, and of one with a short timeout.</summary>
    private sealed class Witness(ServerProcess server, string name, Books books, LiveClients live, StreamClient silent) : IAsyncDisposable
    {
        private StreamClient? _next;
        private int _ended;

        public static async Task<Witness> StartAsync(ServerProcess server, string name)
        {
            var witness = new Witness(
                server, name, await Books.OpenAsync(server), await LiveClients.StartAsync(Live, server.Port(name)), await StreamClient.ConnectAsync(server.Port(name)));
            witness._next = await witness.ComeAsync();
            return witness;
        }

        /// <summary>Those who have time are there still, and those whose time is over end, whether they came before or after the clock was set.</summary>
        public async Task LookAsync()
        {
            using var before = _next!;
            using var after = await ComeAsync();
            await live.EchoOnAsync();
            Assert.Empty(await before.ReadToEndAsync());
            Assert.Empty(await after.ReadToEndAsync());

            // All deadlines were looked at by then.
            await live.EchoOnAsync();
            await books.BalancedAsync(name, Live + 1);
            Assert.Equal(0, (await books.ReadAsync(name)).Closed.Values.Sum());
            _ended += 2;
            await books.BalancedAsync($"quick-{name}");
            Assert.Equal(_ended, (await books.ReadAsync($"quick-{name}")).Closed[CloseReason.IdleTimeout]);
            _next = await ComeAsync();
        }

        public async ValueTask DisposeAsync()
        {
            _next?.Dispose();
            await live.DisposeAsync();
            silent.Dispose();
            books.Dispose();
        }

        private async Task<StreamClient> ComeAsync()
        {
            var client = await StreamClient.ConnectAsync(server.Port($"quick-{name}"));
            Assert.True(await client.EchoesAsync());
            return client;
        }
    }
}
