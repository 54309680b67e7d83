using System.Text.RegularExpressions;
using ActorSockets.Hosting.Tests.Support;
using Akka.Configuration;
using Akka.Configuration.Hocon;
using Akka.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace ActorSockets.Hosting.Tests;

public sealed partial class SettingsTests
{
    [Fact]
    public void Every_key_of_reference_conf_has_a_setting_of_its_name_and_there_is_no_other()
    {
        var keys = Leaves(SocketServers.DefaultConfig.GetValue("actor-sockets.defaults"), "");

        Assert.Equal([.. keys.Append("listen").Order(StringComparer.Ordinal)], Settings().Select(setting => Kebab(setting.Path)).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Every_option_can_be_set()
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(
            Settings().Where(setting => setting.Path != "Listen").Select(setting => KeyValuePair.Create<string, string?>(PathOfSample(setting.Path, setting.Type), Sample(setting)))).Build();
        var (unchanged, options) = (new SocketServerOptions(), new SocketServerOptions());

        configuration.Get<SocketServerSettings>()!.ApplyTo(options);

        Assert.All(typeof(SocketServerOptions).GetProperties(), property => Assert.NotEqual((property.Name, property.GetValue(unchanged)), (property.Name, property.GetValue(options))));
    }

    [Fact]
    public void Settings_that_are_not_set_change_nothing()
    {
        var (unchanged, options) = (new SocketServerOptions(), new SocketServerOptions());

        new SocketServerSettings { Restart = new(), Tls = new(), Unix = new(), Input = new(), Output = new(), Datagram = new() { Multicast = new() }, Rebind = new() }.ApplyTo(options);

        Assert.All(typeof(SocketServerOptions).GetProperties(), property => Assert.Equal((property.Name, property.GetValue(unchanged)), (property.Name, property.GetValue(options))));
    }

    [Fact]
    public async Task Code_is_over_settings_and_settings_are_over_HOCON()
    {
        SocketServerOptions? given = null;
        await using var host = await StartAsync(
            """
            { "ActorSockets": { "Servers": { "test": {
                "Listen": [ "tcp://127.0.0.1:0", "tcp://127.0.0.1:0" ],
                "MaxConnections": 20, "Backlog": 20, "IdleTimeout": "off", "WriteLimit": "2MiB", "RejectWith": "",
                "Restart": { "Max": 5 } } } } }
            """,
            s => s.Listen("udp://127.0.0.1:0").HandleDatagram(_ => Task.CompletedTask).Configure(options =>
            {
                given = options;
                options.Backlog = 30;
            }),
            """
            actor-sockets.servers.test {
              listen = [ "udp://127.0.0.1:0" ]
              drain-timeout = 3s, max-connections = 10, backlog = 10, reject-with = "go away"
              restart { on-failure = resume, within = 5s }
            }
            """);

        Assert.Equal(["tcp", "tcp", "udp"], host.Server.Endpoints.Select(endpoint => endpoint.Scheme));
        Assert.Equal(
            (20, 30, null, 2 * 1024 * 1024, TimeSpan.FromSeconds(3), RestartPolicy.Resume(5, TimeSpan.FromSeconds(5))),
            (given!.MaxConnections, given.Backlog, given.IdleTimeout, given.WriteLimit, given.DrainTimeout, given.Restart));
        Assert.Equal(0, given.RejectWith.Length);
    }

    [Theory]
    [InlineData("""{ "Servers": { "test": { "MaxConections": 5 } } }""", "ActorSockets:Servers:test:MaxConections is unknown; known here: AcceptRate, Allow, Backlog, Datagram,")]
    [InlineData("""{ "Servers": { "test": { "Restart": { "OnFail": "Close" } } } }""", "ActorSockets:Servers:test:Restart:OnFail is unknown; known here: Max, OnFailure, ServerMax, ServerWithin, Within")]
    [InlineData("""{ "Servers": { "tset": { "MaxConnections": 5 } } }""", "ActorSockets:Servers:tset: there is no server of this name; there is test")]
    [InlineData("""{ "Server": { "test": { } } }""", "ActorSockets:Server is unknown; known here: Servers")]
    [InlineData("""{ "Servers": { "test": { "MaxConnections": "many" } } }""", "'many' at 'ActorSockets:Servers:test:MaxConnections'")]
    [InlineData("""{ "Servers": { "test": { "MaxConnections": 0 } } }""", "The field ActorSockets:Servers:test:MaxConnections must be between 1 and 10000000")]
    [InlineData("""{ "Servers": { "test": { "MaxConnections": { "X": 1 } } } }""", "ActorSockets:Servers:test:MaxConnections is a section, not a value")]
    [InlineData("""{ "Servers": { "test": { "MaxConnections": "" } } }""", "ActorSockets:Servers:test:MaxConnections is empty")]
    [InlineData("""{ "Servers": { "test": { "MaxConnections": null } } }""", "ActorSockets:Servers:test:MaxConnections is empty")]
    [InlineData("""{ "Servers": { "test": { "Restart": "Close" } } }""", "ActorSockets:Servers:test:Restart = Close is not a section")]
    [InlineData("""{ "Servers": { "test": "x" } }""", "ActorSockets:Servers:test = x is not a section")]
    [InlineData("""{ "Servers": { "test": { "Restart": { "Max": -2 } } } }""", "ActorSockets:Servers:test:Restart:Max must be between -1")]
    [InlineData("""{ "Servers": { "test": { "Datagram": { "Queue": 0 } } } }""", "ActorSockets:Servers:test:Datagram:Queue must be between 1")]
    [InlineData("""{ "Servers": { "test": { "Datagram": { "Multicast": { "Ttl": 256 } } } } }""", "ActorSockets:Servers:test:Datagram:Multicast:Ttl must be between 0 and 255")]
    [InlineData("""{ "Servers": { "test": { "Overflow": "Drop" } } }""", "ActorSockets:Servers:test:Overflow = Drop is none of Reject, Wait, EvictIdle")]
    [InlineData("""{ "Servers": { "test": { "Overflow": "Reject,Wait" } } }""", "ActorSockets:Servers:test:Overflow = Reject,Wait is none of")]
    [InlineData("""{ "Servers": { "test": { "Overflow": 1 } } }""", "ActorSockets:Servers:test:Overflow = 1 is none of")]
    [InlineData("""{ "Servers": { "test": { "Restart": { "OnFailure": 9 } } } }""", "ActorSockets:Servers:test:Restart:OnFailure = 9 is none of Close, Restart, Resume, Escalate")]
    [InlineData("""{ "Servers": { "test": { "Datagram": { "Reply": "Never" } } } }""", "ActorSockets:Servers:test:Datagram:Reply = Never is none of")]
    [InlineData("""{ "Servers": { "test": { "Unix": { "Mode": "rw-" } } } }""", "'rw-' is not an octal mode of a file, as in 0660")]
    [InlineData("""{ "Servers": { "test": { "Unix": { "AllowUids": [ "root" ] } } } }""", "ActorSockets:Servers:test:Unix:AllowUids:0 = root is not a UInt32")]
    [InlineData("""{ "Servers": { "test": { "Tls": { "Certificates": [ { "Certificat": "a.pem" } ] } } } }""", "ActorSockets:Servers:test:Tls:Certificates:0:Certificat is unknown; known here: Certificate, Key, PasswordFile")]
    [InlineData("""{ "Servers": { "test": { "Tls": { "Certificates": [ "a.pem" ] } } } }""", "ActorSockets:Servers:test:Tls:Certificates:0 = a.pem is not a section")]
    [InlineData("""{ "Servers": { "test": { "Tls": { "Certificates": "a.pem" } } } }""", "ActorSockets:Servers:test:Tls:Certificates = a.pem is not a list of sections")]
    [InlineData("""{ "Servers": { "test": { "Tls": { "Alpn": "imap" } } } }""", "ActorSockets:Servers:test:Tls:Alpn is not a list of values")]
    [InlineData("""{ "Servers": "x" }""", "ActorSockets:Servers = x is not a section")]
    [InlineData("\"x\"", "ActorSockets = x is not a section")]
    [InlineData("""{ "Servers": { "test": { "DrainTimeout": 5 } } }""", "'5' at 'ActorSockets:Servers:test:DrainTimeout' to type 'ActorSockets.Hosting.Duration'. '5' is not a duration, as in 500ms, 15s, 5m or 00:00:15")]
    [InlineData("""{ "Servers": { "test": { "DrainTimeout": "off" } } }""", "'off' at 'ActorSockets:Servers:test:DrainTimeout'")]
    [InlineData("""{ "Servers": { "test": { "IdleTimeout": "soon" } } }""", "'soon' is not a duration, as in 500ms, 15s, 5m or 00:00:15, or off")]
    [InlineData("""{ "Servers": { "test": { "WriteLimit": "2GiB" } } }""", "'2GiB' is not a size below 2GiB")]
    [InlineData("""{ "Servers": { "test": { "Listen": "tcp://127.0.0.1:0" } } }""", "ActorSockets:Servers:test:Listen is not a list of values")]
    [InlineData("""{ "Servers": { "test": { "Listen": [] } } }""", "ActorSockets:Servers:test:Listen is not a list of values")]
    [InlineData("""{ "Servers": { "test": { "Listen": [ "http://x:1" ] } } }""", "ActorSockets:Servers:test:Listen: 'http://x:1' is not an endpoint")]
    public async Task A_wrong_setting_fails_the_start_with_one_line_that_names_it(string settings, string message)
    {
        var error = await Assert.ThrowsAsync<OptionsValidationException>(() => StartAsync($$"""{ "ActorSockets": {{settings}} }"""));

        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Theory]
    [InlineData("""{ "InputX": 1 }""", "is unknown", typeof(OptionsValidationException))]
    [InlineData("""{ "Input": { "Window": 1 } }""", "server 'test': input.window = 1 must be at least 1024", typeof(ConfigurationException))]
    [InlineData("""{ "Datagram": { "Multicast": { "Groups": [ "10.0.0.1" ] } } }""", "server 'test': datagram.multicast.groups: '10.0.0.1' is not the address of a multicast group", typeof(ConfigurationException))]
    [InlineData("""{ "Tls": { "Certificates": [ { "Key": "a.key" } ] } }""", "server 'test': tls.certificates[0].certificate is empty", typeof(ConfigurationException))]
    [InlineData("""{ "Driver": "akka-io", "ProxyProtocol": { "Trusted": [ "10.0.0.0/8" ] } }""", "server 'test': proxy-protocol.trusted is possible with driver = native", typeof(ConfigurationException))]
    [InlineData("""{ "Driver": "magic" }""", "server 'test': driver = magic is unknown", typeof(ConfigurationException))]
    [InlineData("""{ "Restart": { "OnFailure": "Close", "Max": 3 } }""", "ActorSockets:Servers:test:Restart: Max and Within take effect with OnFailure = Restart or Resume only", typeof(ConfigurationException))]
    [InlineData("""{ "Restart": { "Within": "5s" } }""", "ActorSockets:Servers:test:Restart: Max and Within take effect with OnFailure = Restart or Resume only", typeof(ConfigurationException))]
    public async Task What_settings_come_to_together_is_checked_by_the_rules_of_the_core(string settings, string message, Type type)
    {
        var error = await Assert.ThrowsAnyAsync<Exception>(() => StartAsync($$"""{ "ActorSockets": { "Servers": { "test": {{settings}} } } }"""));

        Assert.IsType(type, error);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Certificates_are_read_from_a_list_of_sections()
    {
        var options = new SocketServerOptions();
        var json = """{ "Tls": { "Certificates": [ { "Certificate": "a.pem" }, { "Certificate": "b.pem", "Key": "b.key", "PasswordFile": "b.txt" } ], "Alpn": [ "a", "b" ], "ReloadInterval": "off" } }"""u8;

        new ConfigurationBuilder().AddJsonStream(new MemoryStream(json.ToArray())).Build().Get<SocketServerSettings>()!.ApplyTo(options);

        Assert.Equal([new TlsCertificateFiles("a.pem"), new TlsCertificateFiles("b.pem", "b.key", "b.txt")], options.TlsCertificates);
        Assert.Equal(["a", "b"], options.TlsAlpn);
        Assert.Null(options.TlsReloadInterval);
    }

    [Theory]
    [InlineData("15s", 15)]
    [InlineData("00:00:15", 15)]
    [InlineData("1.5 m", 90)]
    [InlineData("500ms", 0.5)]
    [InlineData("2h", 7200)]
    [InlineData("1d", 86400)]
    public void Durations_are_read_as_in_HOCON_and_as_in_NET(string text, double seconds)
    {
        Assert.Equal(TimeSpan.FromSeconds(seconds), Duration.Parse(text).Value);
        Assert.Equal(TimeSpan.FromSeconds(seconds), DurationOrOff.Parse(text).Value);
    }

    [Theory]
    [InlineData("15")]
    [InlineData("-1s")]
    [InlineData("15 sec")]
    [InlineData("99999999999d")]
    [InlineData("")]
    public void What_is_no_duration_is_refused(string text)
    {
        Assert.Throws<FormatException>(() => Duration.Parse(text));
        Assert.Throws<FormatException>(() => DurationOrOff.Parse(text));
    }

    [Fact]
    public void A_duration_may_be_off_where_there_may_be_none()
    {
        Assert.Null(DurationOrOff.Parse("off").Value);
        Assert.Null(DurationOrOff.Parse("infinite").Value);
    }

    [Theory]
    [InlineData("65536", 65536)]
    [InlineData("64KiB", 65536)]
    [InlineData("64 KiB", 65536)]
    [InlineData("16MiB", 16 * 1024 * 1024)]
    [InlineData("1GiB", 1024 * 1024 * 1024)]
    [InlineData("7B", 7)]
    public void Sizes_are_read_with_and_without_a_unit(string text, int bytes) => Assert.Equal(bytes, ByteSize.Parse(text).Value);

    [Theory]
    [InlineData("-1")]
    [InlineData("2147483648")]
    [InlineData("2097152KiB")]
    [InlineData("64kb")]
    [InlineData("")]
    public void What_is_no_size_is_refused(string text) => Assert.Throws<FormatException>(() => ByteSize.Parse(text));

    private static Task<TestHost> StartAsync(string json, Action<SocketServerBuilder>? configure = null, string hocon = "") => TestHost.StartAsync(
        akka => akka
            .AddHocon(hocon, HoconAddMode.Prepend)
            .WithSocketServer("test", s =>
            {
                if (s.Endpoints.Count == 0)
                {
                    s.Listen("tcp://127.0.0.1:0");
                }

                s.Handle(_ => Task.CompletedTask);
                configure?.Invoke(s);
            }),
        builder => builder.Add(json));

    private static IEnumerable<string> Leaves(HoconValue value, string prefix) => value.GetObject().Items.SelectMany(item =>
        item.Value.IsObject() ? Leaves(item.Value, $"{prefix}{item.Key}.") : [prefix + item.Key]);

    private static IEnumerable<(string Path, Type Type)> Settings() => Settings(typeof(SocketServerSettings), "");

    private static IEnumerable<(string Path, Type Type)> Settings(Type type, string prefix) => type.GetProperties().SelectMany(property =>
        property.PropertyType.Name.EndsWith("Settings", StringComparison.Ordinal)
            ? Settings(property.PropertyType, $"{prefix}{property.Name}:")
            : [(prefix + property.Name, Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType)]);

    /// <summary><c>Output:HighWater</c> as <c>output.high-water</c>.</summary>
    private static string Kebab(string path) =>
        WordStart().Replace(path, "-").Replace(':', '.').ToLowerInvariant();

    private static string PathOfSample(string path, Type type) =>
        type == typeof(IReadOnlyList<TlsCertificateSettings>) ? $"{path}:0:Certificate"
        : type.Name == typeof(IReadOnlyList<>).Name ? $"{path}:0" : path;

    /// <summary>A value that is no default.</summary>
    private static string Sample((string Path, Type Type) setting) => setting.Type switch
    {
        _ when setting.Path == "Datagram:Multicast:Loopback" => "false",
        var type when type == typeof(OnFailure) => nameof(OnFailure.Resume),
        var type when type == typeof(Duration) || type == typeof(DurationOrOff) => "12345s",
        var type when type == typeof(OctalMode) => "0666",
        var type when type == typeof(bool) => "true",
        { IsEnum: true } type => Enum.GetNames(type)[^1],
        _ => "12345",
    };

    [GeneratedRegex("(?<=[a-z])(?=[A-Z])")]
    private static partial Regex WordStart();
}
