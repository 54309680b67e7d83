using System.Security.Cryptography.X509Certificates;
using ActorSockets.Drivers.Native;
using ActorSockets.Handlers;
using Akka.Configuration;
using Akka.Event;

namespace ActorSockets.Tests;

/// <summary>Files of TLS that change while the server runs.</summary>
public sealed class TlsReloadTests() : TlsTest("INFO")
{
    private static readonly TimeSpan Often = TimeSpan.FromMilliseconds(20);

    [Fact]
    public async Task A_changed_certificate_is_shown_to_new_clients_and_connections_go_on()
    {
        var server = await ServeAsync(o => (o.TlsCertificate, o.TlsReloadInterval) = (Write("server.pem", Pem(Issue("old"))), Often));
        using var before = await SecureAsync(server);
        await CountAsync(before, 1);

        Write("server.pem", Pem(Issue("new")));
        await UntilShownAsync(server, "new");

        await CountAsync(before, 2);
        using var after = await SecureAsync(server);
        await CountAsync(after, 1);
        await CountAsync(before, 3);
    }

    [Fact]
    public async Task A_certificate_behind_a_link_that_leads_elsewhere_now_is_taken_up()
    {
        foreach (var name in new[] { "old", "new" })
        {
            Directory.CreateDirectory(PathOf(name));
            using var certificate = Issue(name);
            Write($"{name}/tls.crt", certificate.ExportCertificatePem());
            Write($"{name}/tls.key", KeyPem(certificate));
            File.SetLastWriteTimeUtc(PathOf($"{name}/tls.crt"), DateTime.UnixEpoch);
        }

        // As Kubernetes and certbot do it.
        Directory.CreateSymbolicLink(PathOf("data"), "old");
        File.CreateSymbolicLink(PathOf("tls.crt"), "data/tls.crt");
        File.CreateSymbolicLink(PathOf("tls.key"), "data/tls.key");
        var server = await ServeAsync(o => (o.TlsCertificate, o.TlsKey, o.TlsReloadInterval) = (PathOf("tls.crt"), PathOf("tls.key"), Often));
        Assert.Equal("CN=old", await ShownAsync(server));

        Directory.Delete(PathOf("data"));
        Directory.CreateSymbolicLink(PathOf("data"), "new");

        await UntilShownAsync(server, "new");
    }

    [Fact]
    public async Task A_changed_certificate_of_the_list_is_taken_up_with_its_new_names()
    {
        var server = await ServeAsync(o => (o.TlsCertificate, o.TlsCertificates, o.TlsReloadInterval) = (
            Write("first.pem", Pem(Issue("first"))), [new(Write("second.pem", Pem(Issue("second", null, "a.example"))))], Often));

        Write("second.pem", Pem(Issue("renewed", null, "b.example")));

        await UntilShownAsync(server, "renewed", "b.example");
        Assert.Equal("CN=first", await ShownAsync(server, "a.example"));
    }

    [Fact]
    public async Task Authorities_of_clients_are_taken_up()
    {
        using var other = Issue("other");
        using var alice = Issue("alice", Authority);
        using var bob = Issue("bob", other);
        var server = await ServeAsync(o => (o.TlsCertificate, o.TlsClientCa, o.TlsRequireClientCertificate, o.TlsReloadInterval) = (
            Write("server.pem", Pem(Issue("server"))), Write("ca.pem", Authority.ExportCertificatePem()), true, Often));
        using var before = await SecureAsync(server, tls => tls.ClientCertificates = [alice]);
        await CountAsync(before, 1);
        await RefusedAsync(server, tls => tls.ClientCertificates = [bob]);

        Sys.EventStream.Subscribe(TestActor, typeof(Info));
        Write("ca.pem", other.ExportCertificatePem());
        await FishForMessageAsync<Info>(info => $"{info.Message}".Contains("the TLS files were read again", StringComparison.Ordinal), Deadline);

        using var after = await SecureAsync(server, tls => tls.ClientCertificates = [bob]);
        await CountAsync(after, 1);
        await CountAsync(before, 2);
        await RefusedAsync(server, tls => tls.ClientCertificates = [alice], count: 2);
    }

    [Fact]
    public async Task A_broken_certificate_leaves_the_old_one_and_the_next_good_one_is_taken_up()
    {
        var server = await ServeAsync(o => (o.TlsCertificate, o.TlsReloadInterval) = (Write("server.pem", Pem(Issue("old"))), Often));
        Sys.EventStream.Subscribe(TestActor, typeof(Warning));

        Write("server.pem", "garbage");
        var warning = await ExpectMsgAsync<Warning>(Deadline);

        Assert.Equal(
            $"[test] the TLS files have changed and cannot be used, so those from before stay in force: tls.certificate = {PathOf("server.pem")}: there is no certificate in it",
            $"{warning.Message}");
        Assert.Equal("CN=old", await ShownAsync(server));
        Write("server.pem", Pem(Issue("new")));
        await UntilShownAsync(server, "new");
    }

    [Theory]
    [InlineData("garbage")]
    [InlineData("half")]
    [InlineData("key of another")]
    [InlineData("gone")]
    public async Task What_cannot_be_used_is_in_the_log_once_for_each_change(string what)
    {
        using var certificate = Issue("old");
        using var another = Issue("another");
        var options = new SocketServerOptions { TlsCertificate = Write("server.pem", certificate.ExportCertificatePem()), TlsKey = Write("server.key", KeyPem(certificate)) };
        var tls = Make(options, TimeProvider.System);
        tls.Open();
        var before = tls.For("");
        Sys.EventStream.Subscribe(TestActor, typeof(LogEvent));

        foreach (var change in new[] { 1, 2 })
        {
            switch (what)
            {
                case "garbage":
                    Write("server.pem", $"garbage {change}");
                    break;
                case "half":
                    Write("server.pem", certificate.ExportCertificatePem()[..(100 * change)]);
                    break;
                case "key of another":
                    Write("server.key", KeyPem(another) + new string('\n', change));
                    break;
                default:
                    File.Delete(PathOf(change == 1 ? "server.pem" : "server.key"));
                    break;
            }

            tls.ReloadIfChanged();
            tls.ReloadIfChanged();
            tls.ReloadIfChanged();

            await ExpectMsgAsync<Warning>(Deadline);
            Assert.Same(before, tls.For(""));
        }

        using var renewed = Issue("new");
        Write("server.pem", renewed.ExportCertificatePem());
        Write("server.key", KeyPem(renewed));
        tls.ReloadIfChanged();
        await ExpectMsgAsync<Info>(Deadline);
        Assert.Equal("CN=new", tls.For("").ServerCertificateContext!.TargetCertificate.Subject);
    }

    [Fact]
    public void Files_that_are_as_they_were_are_not_taken_up_again()
    {
        var tls = Make(new SocketServerOptions { TlsCertificate = Write("server.pem", Pem(Issue("old"))) }, TimeProvider.System);
        tls.Open();
        var before = tls.For("");

        File.SetLastWriteTimeUtc(PathOf("server.pem"), DateTime.UtcNow.AddHours(1));
        tls.ReloadIfChanged();

        Assert.Same(before, tls.For(""));
    }

    [Theory]
    [InlineData(-20, -1, "the certificate has expired on ")]
    [InlineData(-20, 13, "the certificate expires on ")]
    [InlineData(5, 20, "the certificate is not valid before ")]
    public async Task A_certificate_that_is_not_valid_or_soon_no_more_is_in_the_log_at_the_start_at_a_reload_and_once_a_day(int from, int to, string message)
    {
        var clock = new SetClock();
        var (first, second) = (Certificate(), Certificate());
        var tls = Make(new SocketServerOptions { TlsCertificate = Write("server.pem", first) }, clock);
        Sys.EventStream.Subscribe(TestActor, typeof(LogEvent));

        tls.Open();
        await WarnedAsync();
        Write("server.pem", second);
        tls.ReloadIfChanged();
        await WarnedAsync();
        await ExpectMsgAsync<Info>(Deadline);
        clock.Now += TimeSpan.FromHours(23);
        tls.ReloadIfChanged();
        clock.Now += TimeSpan.FromHours(2);
        tls.ReloadIfChanged();
        await WarnedAsync();
        clock.Now += TimeSpan.FromHours(1);
        tls.ReloadIfChanged();
        tls.Reload();
        await WarnedAsync();

        string Certificate() => Pem(Issue("server", clock.Now.AddDays(from), clock.Now.AddDays(to)));

        async Task WarnedAsync() =>
            Assert.StartsWith($"[test] tls.certificate = {PathOf("server.pem")}: {message}", $"{(await ExpectMsgAsync<Warning>(Deadline)).Message}", StringComparison.Ordinal);
    }

    [Fact]
    public async Task Certificates_are_read_again_on_demand_and_code_is_asked_again()
    {
        var asked = new List<X509Certificate2>();
        var server = await StartAsync(s => s.Listen("tls://127.0.0.1:0").Listen("tls://127.0.0.1:0").Handle<CounterActor>()
            .Configure(o => o.TlsReloadInterval = null)
            .UseTls(tls =>
            {
                asked.Add(Issue($"code-{asked.Count + 1}"));
                tls.ServerCertificate = asked[^1];
            }));
        using var before = await SecureAsync(server);
        Assert.Equal("CN=code-1", await ShownAsync(server));

        await server.ReloadCertificatesAsync();

        Assert.Equal("CN=code-2", await ShownAsync(server));
        Assert.Equal(2, asked.Count);
        await CountAsync(before, 1);
    }

    [Fact]
    public async Task What_cannot_be_used_on_demand_is_thrown_and_the_old_one_stays()
    {
        var server = await ServeAsync(o => (o.TlsCertificate, o.TlsReloadInterval) = (Write("server.pem", Pem(Issue("old"))), null));
        File.Delete(PathOf("server.pem"));

        var error = await Assert.ThrowsAsync<ConfigurationException>(server.ReloadCertificatesAsync);

        Assert.Contains($"tls.certificate = {PathOf("server.pem")}: ", error.Message, StringComparison.Ordinal);
        Assert.Equal("CN=old", await ShownAsync(server));
    }

    [Fact]
    public async Task There_is_nothing_to_read_again_without_TLS_or_when_the_server_has_stopped()
    {
        var plain = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle<CounterActor>(), "plain");
        var server = await ServeAsync(o => o.TlsCertificate = Write("server.pem", Pem(Issue("old"))));
        await server.StopAsync();
        File.Delete(PathOf("server.pem"));

        Assert.Null(await Record.ExceptionAsync(plain.ReloadCertificatesAsync));
        Assert.Null(await Record.ExceptionAsync(server.ReloadCertificatesAsync));
    }

    [Fact]
    public async Task A_changed_certificate_is_taken_up_before_the_server_serves_everybody()
    {
        await using var server = Sys.SocketServers().Create("test", s => s.Listen("tls://127.0.0.1:0").Handle<CounterActor>()
            .Configure(o => (o.TlsCertificate, o.TlsReloadInterval) = (Write("server.pem", Pem(Issue("old"))), Often)));
        await server.BindAsync();

        Write("server.pem", Pem(Issue("new")));

        await UntilShownAsync(server, "new");
    }

    private static async Task UntilShownAsync(SocketServer server, string name, string host = "localhost")
    {
        var end = DateTime.UtcNow + Deadline;
        while (await ShownAsync(server, host) is var shown && shown != $"CN={name}")
        {
            Assert.True(DateTime.UtcNow < end, $"not reached in time: {name} is shown, but {shown}");
        }
    }

    private ServerTls Make(SocketServerOptions options, TimeProvider clock) => new("test", options, new ServerHooks(), Logging.GetLogger(Sys, "test"), clock);

    private sealed class SetClock : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = DateTimeOffset.UtcNow;

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
