using Akka.Configuration;

namespace ActorSockets.Tests;

public sealed class ConfigurationTests
{
    [Fact]
    public void A_server_has_the_defaults_unless_its_section_says_otherwise()
    {
        var server = Assert.Single(Read("""
            echo { handler = echo, listen = ["tcp://127.0.0.1:7007", "udp://[::1]:7007"], max-connections = 7, idle-timeout = off,
                   restart { on-failure = resume, max = 3, within = 5s }
                   write-limit = 2MiB
                   datagram { queue = 9, broadcast = on, multicast { groups = [ "239.1.2.3", "ff15::1" ], interface = eth7, ttl = 4, loopback = off } } }
            """));

        Assert.Equal("echo", server.Name);
        Assert.Equal("echo", server.Handler);
        Assert.Equal(["tcp://127.0.0.1:7007", "udp://[::1]:7007"], server.Endpoints.Select(e => e.ToString()));
        Assert.Equal(7, server.Options.MaxConnections);
        Assert.Null(server.Options.IdleTimeout);
        Assert.Equal(new RestartPolicy(OnFailure.Resume, 3, TimeSpan.FromSeconds(5)), server.Options.Restart);
        Assert.Equal(2 * 1024 * 1024, server.Options.WriteLimit);
        Assert.Equal(9, server.Options.DatagramQueue);
        Assert.Equal((true, "eth7", 4, false), (server.Options.Broadcast, server.Options.MulticastInterface, server.Options.MulticastTtl, server.Options.MulticastLoopback));
        Assert.Equal(["239.1.2.3", "ff15::1"], server.Options.MulticastGroups);
        Assert.Equal(TimeSpan.FromSeconds(15), server.Options.DrainTimeout);
    }

    [Fact]
    public void Certificates_and_protocols_of_TLS_are_lists()
    {
        var options = Assert.Single(Read("""
            a { tls { certificates = [ { certificate = a.pem }, { certificate = "b.pem", key = "b.key", password-file = "b.txt" } ]
                      alpn = [ "count/2", "count/1" ], reload-interval = off } }
            """)).Options;

        Assert.Equal([new TlsCertificateFiles("a.pem"), new TlsCertificateFiles("b.pem", "b.key", "b.txt")], options.TlsCertificates);
        Assert.Equal(["count/2", "count/1"], options.TlsAlpn);
        Assert.Null(options.TlsReloadInterval);
    }

    [Theory]
    [InlineData("", null, false)]
    [InlineData("trusted = []", null, false)]
    [InlineData("trusted = [ \"10.0.0.0/8\" ]", null, true)]
    [InlineData("enabled = default, trusted = [ \"10.0.0.0/8\" ]", null, true)]
    [InlineData("enabled = on, trusted = [ \"10.0.0.0/8\" ]", true, true)]
    [InlineData("enabled = off, trusted = [ \"10.0.0.0/8\" ]", false, false)]
    public void Proxies_that_are_trusted_switch_their_protocol_on_unless_it_is_off(string section, bool? enabled, bool inForce)
    {
        var options = Assert.Single(Read($"a {{ proxy-protocol {{ {section} }} }}")).Options;

        Assert.Equal((enabled, inForce), (options.ProxyProtocol, options.ExpectsProxyHeaders));
    }

    [Fact]
    public void The_defaults_of_reference_conf_are_those_of_the_options_class()
    {
        var fromFile = ServerConfiguration.Read(SocketServers.DefaultConfig, "none").Options;
        var fromCode = new SocketServerOptions();

        foreach (var property in typeof(SocketServerOptions).GetProperties())
        {
            Assert.Equal((property.Name, property.GetValue(fromCode)), (property.Name, property.GetValue(fromFile)));
        }
    }

    [Theory]
    [InlineData("a { listn = [] }", "unknown key actor-sockets.servers.a.listn")]
    [InlineData("a { restart { on-failur = close } }", "unknown key actor-sockets.servers.a.restart.on-failur")]
    [InlineData("a { restart { on-failure = explode } }", "actor-sockets.servers.a.restart.on-failure = explode is not one of close, restart, resume, escalate, default")]
    [InlineData("a { max-connections = many }", "actor-sockets.servers.a.max-connections = many is not a whole number")]
    [InlineData("a { max-connections = 0 }", "actor-sockets.servers.a.max-connections = 0 must be at least 1")]
    [InlineData("a { overflow = drop }", "actor-sockets.servers.a.overflow = drop is not one of reject, wait, evict-idle")]
    [InlineData("a { idle-timeout = soon }", "actor-sockets.servers.a.idle-timeout = soon is not a duration")]
    [InlineData("a { drain-timeout = 5 }", "actor-sockets.servers.a.drain-timeout = 5 is not a duration")]
    [InlineData("a { write-limit = 1KiB }", "write-limit = 1024 must be at least 131072, output.high-water plus room for one input.window")]
    [InlineData("a { input.window = 4MiB }", "write-limit = 1048576 must be at least 4259840")]
    [InlineData("a { max-frame = 0 }", "actor-sockets.servers.a.max-frame = 0 must be at least 1")]
    [InlineData("a { max-frame = long }", "actor-sockets.servers.a.max-frame = long is not a size, as in 64KiB")]
    [InlineData("a { proxy-protocol.enabled = perhaps }", "actor-sockets.servers.a.proxy-protocol.enabled = perhaps is not on, off or default")]
    [InlineData("a { proxy-protocol.trusted = [ \"0.0.0.0/0\" ] }", "actor-sockets.servers.a.proxy-protocol.trusted: '0.0.0.0/0' trusts everybody")]
    [InlineData("a { first-byte-timeout = 6m }", "actor-sockets.servers.a.first-byte-timeout = 360s must be at most 300s, idle-timeout, which ends the connection first")]
    [InlineData("a { first-byte-timeout = 2s, handler-timeout = 1s }", "actor-sockets.servers.a.first-byte-timeout = 2s must be at most 1s, handler-timeout, which ends the connection first")]
    [InlineData("a { frame-timeout = 2s, handler-timeout = 1s }", "actor-sockets.servers.a.frame-timeout = 2s must be at most 1s, handler-timeout, which ends the connection first")]
    [InlineData("a { read-timeout = 1.5s, handler-timeout = 1s }", "actor-sockets.servers.a.read-timeout = 1.5s must be at most 1s, handler-timeout, which ends the connection first")]
    [InlineData("a { max-connections = 10000001 }", "actor-sockets.servers.a.max-connections = 10000001 must be at most 10000000")]
    [InlineData("a { backlog = 65536 }", "actor-sockets.servers.a.backlog = 65536 must be at most 65535")]
    [InlineData("a { datagram.queue = 65537 }", "actor-sockets.servers.a.datagram.queue = 65537 must be at most 65536")]
    [InlineData("a { datagram.max-peers = 1000001 }", "actor-sockets.servers.a.datagram.max-peers = 1000001 must be at most 1000000")]
    [InlineData("a { listen = \"tcp://127.0.0.1:0\" }", "actor-sockets.servers.a.listen = tcp://127.0.0.1:0 is not a list of texts")]
    [InlineData("a { listen { x = 1 } }", "actor-sockets.servers.a.listen is a section, not a list of texts")]
    [InlineData("a { listen = [null] }", "actor-sockets.servers.a.listen = [  ] is not a list of texts, none of them empty")]
    [InlineData("a { listen = [[]] }", "actor-sockets.servers.a.listen = [ … ] is not a list of texts, none of them empty")]
    [InlineData("a { handler = [echo] }", "actor-sockets.servers.a.handler = [ echo ] is not text")]
    [InlineData("a { handler { x = 1 } }", "actor-sockets.servers.a.handler is a section, not text")]
    [InlineData("a { max-connections { x = 1 } }", "actor-sockets.servers.a.max-connections is a section, not a whole number")]
    [InlineData("a { max-connections = \"\" }", "actor-sockets.servers.a.max-connections is empty, not a whole number")]
    [InlineData("a { max-connections = ${?NOPE} }", "actor-sockets.servers.a.max-connections is")]
    [InlineData("a { datagram.multicast.groups = [ \"239.1.2.3\", \"10.0.0.1\" ] }", "actor-sockets.servers.a.datagram.multicast.groups: '10.0.0.1' is not the address of a multicast group")]
    [InlineData("a { datagram.multicast.groups = \"239.1.2.3\" }", "actor-sockets.servers.a.datagram.multicast.groups = 239.1.2.3 is not a list of texts")]
    [InlineData("a { datagram.multicast.ttl = 256 }", "actor-sockets.servers.a.datagram.multicast.ttl = 256 must be at most 255")]
    [InlineData("a { \"input.window\" = 2048 }", "unknown key actor-sockets.servers.a.input.window")]
    [InlineData("a { restart { on-failure = close, max = 5 } }", "actor-sockets.servers.a.restart: max and within take effect with on-failure")]
    [InlineData("a { restart { max = 3 } }", "actor-sockets.servers.a.restart: max and within take effect with on-failure")]
    [InlineData("a { listen = [\"tcp://[::]:7007\", \"tcp://[::]:7007\"] }", "actor-sockets.servers.a.listen: server 'a' listens on tcp://[::]:7007 already")]
    [InlineData("a { listen = [\"tcp://[::]:7007\"] }\n b { listen = [\"tcp://[::]:7007\"] }", "actor-sockets.servers.b.listen: server 'a' listens on tcp://[::]:7007 already")]
    [InlineData("\"echo\\n\" { }", "is not a server name")]
    [InlineData("a { driver = magic }", "actor-sockets.servers.a.driver = magic is unknown; there is default, akka-io, native")]
    [InlineData("a { listen = [\"http://x:1\"] }", "actor-sockets.servers.a.listen: 'http://x:1' is not an endpoint")]
    [InlineData("a { listen = [\"tcp://127.0.0.1:99999\"] }", "'99999' is not a port")]
    [InlineData("a { tls.certificates { certificate = a } }", "actor-sockets.servers.a.tls.certificates is a section, not a list of certificates, as in [ {")]
    [InlineData("a { tls.certificates = [ a ] }", "actor-sockets.servers.a.tls.certificates = [ a ] is not a list of certificates, as in [ {")]
    [InlineData("a { tls.certificates = [ { cert = a } ] }", "unknown key actor-sockets.servers.a.tls.certificates[0].cert; known here: certificate, key, password-file")]
    [InlineData("a { tls.certificates = [ { certificate { x = 1 } } ] }", "actor-sockets.servers.a.tls.certificates[0].certificate is a section, not text")]
    [InlineData("a { tls.certificates = [ { certificate = a }, { key = a } ] }", "actor-sockets.servers.a.tls.certificates[1].certificate is empty")]
    [InlineData("a { tls.alpn = imap }", "actor-sockets.servers.a.tls.alpn = imap is not a list of texts")]
    [InlineData("a { tls.alpn = [ \"\" ] }", "actor-sockets.servers.a.tls.alpn = [  ] is not a list of texts, none of them empty")]
    [InlineData("a { tls.reload-interval = 0s }", "actor-sockets.servers.a.tls.reload-interval = 0s must be more than 0")]
    [InlineData("a { restart = close }", "actor-sockets.servers.a.restart must be a section")]
    [InlineData("a = 5", "actor-sockets.servers.a must be a section")]
    [InlineData("\"a b\" { }", "'a b' is not a server name")]
    public void A_wrong_value_is_refused_with_one_line_that_names_its_key(string servers, string message)
    {
        var error = Assert.Throws<ConfigurationException>(() => Read(servers));

        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Theory]
    [InlineData("first-byte-timeout = 5m")]
    [InlineData("first-byte-timeout = 6m, idle-timeout = off")]
    [InlineData("read-timeout = 1s, handler-timeout = 1s")]
    [InlineData("read-timeout = 1h")]
    [InlineData("max-connections = 10000000, backlog = 65535, datagram { queue = 65536, max-peers = 1000000 }")]
    public void Limits_that_go_together_are_taken(string options) => Assert.Single(Read($"a {{ {options} }}"));

    [Fact]
    public void A_wrong_default_is_blamed_on_the_defaults()
    {
        var config = ConfigurationFactory.ParseString("actor-sockets { defaults.max-connections = 0\n servers.a { handler = echo } }");

        var error = Assert.Throws<ConfigurationException>(() => ServerConfiguration.ReadAll(config));

        Assert.Equal("actor-sockets.defaults.max-connections = 0 must be at least 1", error.Message);
    }

    [Fact]
    public void Servers_come_in_the_order_of_the_file() =>
        Assert.Equal(["zeta", "alpha", "mid"], Read("zeta { }\n alpha { }\n mid { }").Select(server => server.Name));

    [Theory]
    [InlineData("actor-sockets.server { }\nactor-sockets.sever.x = 1", "unknown key actor-sockets.")]
    [InlineData("actor-sockets.defaults.max-conections = 5", "unknown key actor-sockets.defaults.max-conections")]
    public void An_unknown_key_beside_the_servers_is_refused_whether_all_are_read_or_one(string text, string message)
    {
        var config = ConfigurationFactory.ParseString(text);

        Assert.Contains(message, Assert.Throws<ConfigurationException>(() => ServerConfiguration.ReadAll(config)).Message, StringComparison.Ordinal);
        Assert.Contains(message, Assert.Throws<ConfigurationException>(() => ServerConfiguration.Read(config, "one")).Message, StringComparison.Ordinal);
    }

    private static IReadOnlyList<ServerConfiguration> Read(string servers) =>
        ServerConfiguration.ReadAll(ConfigurationFactory.ParseString($"actor-sockets.servers {{ {servers} }}"));
}
