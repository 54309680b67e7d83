using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using ActorSockets.Tests.Faults;
using ActorSockets.Tests.ProxyProtocol;
using Akka.Configuration;

namespace ActorSockets.Tests;

/// <summary>Proxies in front that say who the client is.</summary>
public sealed class ProxyProtocolTests : TlsTest
{
    private static readonly byte[] Header = Headers.Text("PROXY TCP4 192.0.2.1 198.51.100.2 56324 443");

    public static TheoryData<string, byte[], string> HeadersAndClients => new()
    {
        { "version 1", Header, "192.0.2.1:56324" },
        { "version 2", Headers.Binary(0x21, 0x11, Headers.Addresses("192.0.2.1:56324", "198.51.100.2:443")), "192.0.2.1:56324" },
        { "IPv6", Headers.Text("PROXY TCP6 2001:db8::1 2001:db8::2 56324 443"), "[2001:db8::1]:56324" },
        { "IPv4 as IPv6", Headers.Text("PROXY TCP6 ::ffff:192.0.2.1 ::ffff:198.51.100.2 56324 443"), "192.0.2.1:56324" },
    };

    [Theory]
    [MemberData(nameof(HeadersAndClients))]
    public async Task What_comes_with_the_header_in_one_piece_is_all_handled_and_the_client_is_who_the_proxy_says(string name, byte[] header, string address)
    {
        var server = await StartAsync();
        using var client = await ConnectAsync(server);
        await client.GetStream().WriteAsync((byte[])[.. header, .. "a\nb\n"u8]);

        await ExpectAsync(client, "1 a\n2 b\n");

        var connection = server.Connections.Single();
        Assert.Equal((name, address), (name, connection.RemoteEndPoint.ToString()));
        Assert.Equal(connection.RemoteEndPoint, Connections.Transport.Plain(connection.ProxyHeader!.Source!));
        Assert.Equal(AddressOf(client), connection.ProxyHeader.Proxy);
        await SendAsync(client, "c\n");
        await ExpectAsync(client, "3 c\n");
    }

    [Fact]
    public async Task A_header_may_come_byte_by_byte_and_so_may_what_follows()
    {
        var server = await StartAsync();
        using var client = await ConnectAsync(server);
        foreach (var value in (byte[])[.. Headers.WithChecksum(0x21, 0x11, Headers.Addresses("192.0.2.1:1", "198.51.100.2:2"), Headers.Extension(0x02, "example.org"u8), Headers.Extension(0x04, new byte[500])), .. "a\n"u8])
        {
            await client.GetStream().WriteAsync((byte[])[value]);
            await Task.Yield();
        }

        await ExpectAsync(client, "1 a\n");
        Assert.Equal("example.org", server.Connections.Single().ProxyHeader!.Authority);
    }

    [Fact]
    public async Task Everything_that_is_sent_after_a_header_comes_back()
    {
        var server = await StartAsync(s => s.Handle<EchoActor>());
        using var client = await ConnectAsync(server);
        var data = new byte[4 * 1024 * 1024];
        new Random(1).NextBytes(data);
        var received = new byte[data.Length];

        var receiving = client.GetStream().ReadExactlyAsync(received).AsTask();
        await client.GetStream().WriteAsync((byte[])[.. Header, .. data]).AsTask().WaitAsync(Deadline);
        await receiving.WaitAsync(Deadline);

        Assert.Equal(data, received);
    }

    [Fact]
    public async Task A_health_check_of_the_proxy_is_served_under_its_own_address()
    {
        var server = await StartAsync();
        using var client = await ConnectAsync(server);
        await client.GetStream().WriteAsync((byte[])[.. Headers.Binary(0x20, 0), .. "a\n"u8]);

        await ExpectAsync(client, "1 a\n");
        Assert.Equal(AddressOf(client), server.Connections.Single().RemoteEndPoint);
        Assert.True(server.Connections.Single().ProxyHeader!.IsLocal);
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\n\r\n")]
    [InlineData("PROXY TCP4 1.2.3.4\r\n")]
    [InlineData("a\n")]
    [Proves("a proxy's header is wrong", "proxy: reset; ProxyHeader")]
    public async Task Who_begins_with_anything_else_is_reset_before_there_is_a_handler(string beginning)
    {
        var server = await StartAsync();
        using var client = await ConnectAsync(server);
        await SendAsync(client, beginning);

        await ResetAsync(client);

        await RefusedAsync(server, 1);
        Assert.Equal(0, server.Statistics.Accepted);
    }

    [Theory]
    [InlineData("")]
    [InlineData("PROXY TCP4 192.0.2.1 ")]
    [Proves("a proxy's header is late", "proxy: reset; ProxyHeader")]
    public async Task A_header_that_does_not_come_in_time_costs_its_connection_and_others_are_served_meanwhile(string beginning)
    {
        var server = await StartAsync(s => s.Configure(o => o.ProxyProtocolHeaderTimeout = TimeSpan.FromMilliseconds(300)));
        using var slow = await ConnectAsync(server);
        await SendAsync(slow, beginning);
        using var quick = await ConnectAsync(server);
        await quick.GetStream().WriteAsync((byte[])[.. Header, .. "a\n"u8]);
        await ExpectAsync(quick, "1 a\n");

        await ResetAsync(slow);

        await RefusedAsync(server, 1);
        Assert.Equal(1, server.Statistics.Accepted);
    }

    [Fact]
    public async Task Who_finishes_before_the_header_is_complete_is_refused_and_gives_its_place_back()
    {
        var server = await StartAsync(s => s.Sequential());
        for (var i = 0; i < 3; i++)
        {
            using var gone = await ConnectAsync(server);
            await SendAsync(gone, "PROXY ");
            gone.Client.Shutdown(SocketShutdown.Send);
            await ResetAsync(gone);
        }

        using var client = await ConnectAsync(server);
        await client.GetStream().WriteAsync((byte[])[.. Header, .. "a\n"u8]);
        await ExpectAsync(client, "1 a\n");
        await RefusedAsync(server, 3);
    }

    [Fact]
    [Proves("somebody connects whom proxy-protocol.trusted does not name", "client: reset; NotTrusted")]
    public async Task Who_is_not_trusted_is_reset_before_it_says_anything()
    {
        var server = await StartAsync();

        await TurnedDownAsync(server, "127.0.0.2");

        await UntilAsync(() => server.Statistics.Refused[RefusalReason.NotTrusted] == 1, "it is counted");
        Assert.Equal(0, server.Statistics.Accepted);
    }

    [Fact]
    public async Task Without_the_option_a_header_is_data_like_any_other()
    {
        var server = await base.StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle<CounterActor>());
        using var client = await ConnectAsync(server);
        await client.GetStream().WriteAsync(Headers.Text("PROXY UNKNOWN"));

        await ExpectAsync(client, "1 PROXY UNKNOWN\r\n");
        Assert.Null(server.Connections.Single().ProxyHeader);
    }

    [Fact]
    public async Task Limits_by_address_are_about_the_client_and_not_about_the_proxy()
    {
        var server = await StartAsync(s => s.RejectWith("too many\n"u8.ToArray()).Configure(o => (o.MaxConnectionsPerAddress, o.Deny) = (1, ["203.0.113.0/24"])));
        using var first = await ProxiedAsync("192.0.2.1");
        await ExpectAsync(first, "1 a\n");
        using var second = await ProxiedAsync("192.0.2.2");
        await ExpectAsync(second, "1 a\n");

        using var full = await ProxiedAsync("192.0.2.1");
        Assert.Equal("too many\n", await ReadToEndAsync(full));
        using var denied = await ProxiedAsync("203.0.113.7");
        await ResetAsync(denied);

        Assert.Equal((1, 1), (server.Statistics.Refused[RefusalReason.AddressFull], server.Statistics.Refused[RefusalReason.NotAllowed]));

        async Task<TcpClient> ProxiedAsync(string address)
        {
            var client = await ConnectAsync(server);
            await client.GetStream().WriteAsync((byte[])[.. Headers.Text($"PROXY TCP4 {address} 198.51.100.2 1 2"), .. "a\n"u8]);
            return client;
        }
    }

    [Fact]
    public async Task The_header_comes_before_the_handshake_of_TLS()
    {
        using var certificate = Issue("localhost", null, "localhost");
        var server = await ServeAsync(o =>
        {
            (o.TlsCertificate, o.ProxyProtocol, o.ProxyProtocolTrusted) = (Write("a.pem", Pem(certificate)), true, ["127.0.0.1"]);
        });
        using var socket = await ConnectAsync(server);
        await socket.GetStream().WriteAsync(Header);
        using var client = new SslStream(socket.GetStream());
        await client.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = "localhost", RemoteCertificateValidationCallback = (_, shown, _, _) => shown is X509Certificate2 }).WaitAsync(Deadline);

        await CountAsync(client, 1);

        Assert.Equal(("192.0.2.1:56324", "localhost"), (server.Connections.Single().RemoteEndPoint.ToString(), server.Connections.Single().Tls!.ServerName));
    }

    [Fact]
    public async Task A_proxy_may_come_by_a_Unix_socket_which_needs_no_list()
    {
        var path = PathOf("proxy.sock");
        var server = await base.StartAsync(s => s.Listen($"unix:{path}").Handle<CounterActor>().Configure(o => o.ProxyProtocol = true));
        using var client = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await client.ConnectAsync(new UnixDomainSocketEndPoint(path)).WaitAsync(Deadline);
        await client.SendAsync((byte[])[.. Header, .. "a\n"u8]);

        Assert.Equal("1 a\n", await ReceiveAsync(client, 4));
        Assert.Equal("192.0.2.1:56324", server.Connections.Single().RemoteEndPoint.ToString());
    }

    [Fact]
    public async Task A_stop_does_not_wait_for_headers()
    {
        var server = await StartAsync(s => s.Configure(o => o.ProxyProtocolHeaderTimeout = Deadline));
        using var silent = await ConnectAsync(server);
        using var served = await ConnectAsync(server);
        await served.GetStream().WriteAsync((byte[])[.. Header, .. "a\n"u8]);
        await ExpectAsync(served, "1 a\n");

        await server.StopAsync().WaitAsync(Deadline / 2);

        await ResetAsync(silent);
        await RefusedAsync(server, 1);
    }

    [Fact]
    public async Task Without_a_list_of_proxies_the_start_is_refused()
    {
        var exception = await Assert.ThrowsAsync<ConfigurationException>(() =>
            base.StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle<CounterActor>().Configure(o => o.ProxyProtocol = true)));

        Assert.Equal("server 'test': proxy-protocol.enabled = on needs proxy-protocol.trusted: the networks of the proxies, for everybody can connect to tcp://127.0.0.1:0 and say any address", exception.Message);
    }

    [Theory]
    [InlineData(null, true)]
    [InlineData(true, true)]
    [InlineData(false, false)]
    public async Task A_list_of_proxies_switches_it_on_unless_it_is_switched_off(bool? enabled, bool expected)
    {
        var server = await StartAsync(s => s.Configure(o => o.ProxyProtocol = enabled));
        using var client = await ConnectAsync(server);
        await client.GetStream().WriteAsync((byte[])[.. Header, .. "a\n"u8]);

        await ExpectAsync(client, expected ? "1 a\n" : "1 PROXY TCP4 192.0.2.1");

        Assert.Equal(expected, server.Connections.Single().ProxyHeader is not null);
    }

    [Theory]
    [InlineData("0.0.0.0/0")]
    [InlineData("::/0")]
    public async Task A_list_of_proxies_that_names_everybody_is_refused(string everybody)
    {
        var exception = await Assert.ThrowsAsync<ConfigurationException>(() => StartAsync(s => s.Configure(o => o.ProxyProtocolTrusted = ["10.0.0.0/8", everybody])));

        Assert.Equal($"server 'test': proxy-protocol.trusted: '{everybody}' trusts everybody, so that anybody could say any address; name the networks of the proxies", exception.Message);
    }

    [Theory]
    [InlineData(true, "enabled = on")]
    [InlineData(null, "trusted")]
    public async Task By_akka_io_the_start_is_refused(bool? enabled, string key)
    {
        var exception = await Assert.ThrowsAsync<ConfigurationException>(() => StartAsync(s => s.Configure(o => (o.Driver, o.Dispatcher, o.ProxyProtocol) = ("akka-io", ServerDispatcher.ThreadPool, enabled))));

        Assert.Equal($"server 'test': proxy-protocol.{key} is possible with driver = native; tcp://127.0.0.1:0 is served by driver = akka-io", exception.Message);
    }

    private Task<SocketServer> StartAsync(Action<SocketServerBuilder>? configure = null) => base.StartAsync(s =>
    {
        s.Listen("tcp://127.0.0.1:0").Configure(o => (o.ProxyProtocol, o.ProxyProtocolTrusted) = (true, ["127.0.0.1/32"]));
        configure?.Invoke(s);
        if (s.Handlers.Streams is null)
        {
            s.Handle<CounterActor>();
        }
    });

    private static Task RefusedAsync(SocketServer server, long count) =>
        UntilAsync(() => server.Statistics.Refused[RefusalReason.ProxyHeader] == count, "it is counted");

    private static async Task ResetAsync(TcpClient client)
    {
        var exception = await Assert.ThrowsAsync<SocketException>(() => ReadToEndAsync(client));
        Assert.Equal(SocketError.ConnectionReset, exception.SocketErrorCode);
    }
}
