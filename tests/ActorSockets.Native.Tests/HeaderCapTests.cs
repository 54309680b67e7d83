using System.Net.Sockets;
using ActorSockets.Tests.ProxyProtocol;

namespace ActorSockets.Tests;

/// <summary>At most a thousand connections of an endpoint are without their header of the PROXY protocol at a time.</summary>
public sealed class HeaderCapTests : ServerTest
{
    private const int Most = 1000;

    [Fact]
    public async Task The_next_proxy_waits_in_the_kernels_queue_until_one_of_a_thousand_headers_has_come()
    {
        var accepted = 0;
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle<CounterActor>().ConfigureSocket(_ => Interlocked.Increment(ref accepted))
            .Configure(o => (o.ProxyProtocol, o.ProxyProtocolTrusted, o.ProxyProtocolHeaderTimeout) = (true, ["127.0.0.0/8"], TimeSpan.FromMinutes(5))));
        List<TcpClient> silent = [];
        while (silent.Count < Most)
        {
            silent.Add(await ConnectAsync(server));
        }

        await UntilAsync(() => Volatile.Read(ref accepted) == Most, "as many as may");
        using var next = await ConnectAsync(server);
        await next.GetStream().WriteAsync((byte[])[.. Headers.Text("PROXY UNKNOWN"), .. "a\n"u8]);
        Assert.Equal(Most, Volatile.Read(ref accepted));

        silent[0].Close();

        await ExpectAsync(next, "1 a\n");
        Assert.Equal(Most + 1, Volatile.Read(ref accepted));
        silent.ForEach(client => client.Dispose());
    }
}
