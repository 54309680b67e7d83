using ActorSockets.Tests.Faults;

namespace ActorSockets.Tests;

/// <summary>Who is refused at a TLS endpoint, and what he is told.</summary>
public sealed class TlsLimitsTests : TlsTest
{
    [Fact]
    [Proves("one more than * from an address", "the end or a reset before the handshake")]
    public async Task One_more_from_an_address_is_told_the_farewell_at_a_plain_endpoint_and_nothing_before_a_handshake()
    {
        var server = await StartAsync(o => o.MaxConnectionsPerAddress = 1);
        using var served = await SecureAsync(server);
        await CountAsync(served, 1);

        using var silent = await ConnectAsync(server);
        Assert.Equal("", await ReadToEndAsync(silent));
        Assert.NotNull(await RefusedAsync(server));
        using var plain = await ConnectAsync(server, 1);
        Assert.Equal("full\n", await ReadToEndAsync(plain));

        Assert.Equal((1, 3, 3), (server.Statistics.Accepted, server.Statistics.Refused[RefusalReason.AddressFull], server.Statistics.Refused.Values.Sum()));
        await CountAsync(served, 2);
    }

    [Fact]
    [Proves("more than * connections in a second", "the end or a reset before the handshake")]
    public async Task Who_comes_too_fast_is_told_nothing_before_a_handshake()
    {
        var server = await StartAsync(o => o.AcceptRate = 1);
        var refused = 0;
        while (refused < 3)
        {
            refused += await RefusedAsync(server) is null ? 0 : 1;
        }

        Assert.Equal((3, 3), (server.Statistics.Refused[RefusalReason.TooFast], server.Statistics.Refused.Values.Sum()));
    }

    [Fact]
    [Proves("one more than * connections", "reject-with, the end")]
    public async Task One_more_than_the_server_may_have_is_told_the_farewell_by_TLS()
    {
        var server = await StartAsync(o => o.MaxConnections = 1);
        using var served = await SecureAsync(server);
        await CountAsync(served, 1);

        using var refused = await SecureAsync(server);
        Assert.Equal("full\n", await ReceiveAsync(refused, "full\nand more".Length));

        Assert.Equal((1, 1), (server.Statistics.Accepted, server.Statistics.Refused[RefusalReason.ServerFull]));
    }

    private Task<SocketServer> StartAsync(Action<SocketServerOptions> configure)
    {
        var certificate = Issue("localhost");
        return base.StartAsync(s => s.Listen("tls://127.0.0.1:0").Listen("tcp://127.0.0.1:0").Handle<CounterActor>()
            .UseTls(tls => tls.ServerCertificate = certificate).RejectWith("full\n"u8.ToArray()).Configure(configure));
    }

    /// <returns>What a client's handshake fails with; null where it is served.</returns>
    private static async Task<IOException?> RefusedAsync(SocketServer server)
    {
        try
        {
            using var client = await SecureAsync(server);
            await CountAsync(client, 1);
            return null;
        }
        catch (IOException exception)
        {
            return exception;
        }
    }
}
