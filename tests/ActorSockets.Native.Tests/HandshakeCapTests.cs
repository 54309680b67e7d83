using System.Net.Sockets;

namespace ActorSockets.Tests;

/// <summary>At most a thousand handshakes of an endpoint, or of the upgrades of a server, go on at a time.</summary>
public sealed class HandshakeCapTests : StartTlsTest
{
    private const int Most = 1000;

    private readonly List<Socket> _silent = [];

    [Fact]
    public async Task The_next_client_waits_in_the_kernels_queue_until_one_of_a_thousand_handshakes_has_ended()
    {
        var accepted = 0;
        var server = await StartAsync(s => Smtp.Handle(s.Listen("tls://127.0.0.1:0").Listen("tcp://127.0.0.1:0"), "delegate").UseTls(Configure)
            .ConfigureSocket(_ => Interlocked.Increment(ref accepted)).Configure(o => (o.TlsHandshakeTimeout, o.MaxConnections) = (TimeSpan.FromMinutes(5), 2 * Most)));
        await FillAsync(async () => (await ConnectAsync(server, 0)).Client);
        await UntilAsync(() => Volatile.Read(ref accepted) == Most, "as many as may shake hands");

        using var next = await ConnectAsync(server, 0);
        var shaking = ShakeAsync(next.Client);
        using var plain = (await ConnectAsync(server, 1)).Client;
        await ServedForAWhileAsync(plain);
        Assert.Equal(Most + 1, Volatile.Read(ref accepted));
        Assert.False(shaking.IsCompleted);

        _silent[0].Dispose();

        using var secured = await shaking;
        Assert.Equal(SmtpSample.Greeting, await ReceiveAsync(secured, SmtpSample.Greeting.Length));
        Assert.Equal(Most + 2, Volatile.Read(ref accepted));
    }

    [Fact]
    public async Task The_next_client_is_told_to_go_ahead_when_one_of_a_thousand_upgrades_has_ended()
    {
        var server = await StartAsync("delegate", "tcp", o => (o.TlsHandshakeTimeout, o.MaxConnections) = (TimeSpan.FromMinutes(5), 2 * Most));
        await FillAsync(async () =>
        {
            var socket = await ConnectAsync(server);
            await ExchangeAsync(socket, "STARTTLS\r\n", SmtpSample.GoAhead);
            return socket;
        });
        using var next = await ConnectAsync(server);
        await next.SendAsync("STARTTLS\r\n"u8.ToArray());
        using var plain = await ConnectAsync(server);
        await ExchangeAsync(plain, "EHLO me\r\n", SmtpSample.Hello);
        await ServedForAWhileAsync(plain, greeting: "");
        Assert.Equal(0, next.Available);

        _silent[0].Dispose();

        Assert.Equal(SmtpSample.GoAhead, await ReceiveAsync(next, SmtpSample.GoAhead.Length));
        using var secured = await ShakeAsync(next);
        await ExchangeAsync(secured, "NOOP a\r\n", "250 a secured\r\n");
    }

    protected override void AfterAll()
    {
        _silent.ForEach(socket => socket.Dispose());
        base.AfterAll();
    }

    private async Task FillAsync(Func<Task<Socket>> begin)
    {
        while (_silent.Count < Most)
        {
            _silent.Add(await begin());
        }
    }

    /// <summary>Time in which something else could have happened.</summary>
    private static async Task ServedForAWhileAsync(Socket plain, string greeting = SmtpSample.Greeting)
    {
        Assert.Equal(greeting, await ReceiveAsync(plain, greeting.Length));
        for (var i = 0; i < 100; i++)
        {
            await ExchangeAsync(plain, "NOOP a\r\n", "250 a plain\r\n");
        }
    }
}
