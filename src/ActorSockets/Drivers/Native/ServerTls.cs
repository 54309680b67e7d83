using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using ActorSockets.Handlers;
using ActorSockets.Servers;
using Akka.Configuration;
using Akka.Event;

namespace ActorSockets.Drivers.Native;

/// <summary>
/// What a server does in TLS handshakes at this moment. It is read as a whole and replaced as a whole: a handshake sees what was there before
/// or what is there after, and connections keep what they have. What is broken replaces nothing.
/// </summary>
internal sealed class ServerTls(string server, SocketServerOptions options, ServerHooks hooks, ILoggingAdapter log, TimeProvider clock)
{
    private static readonly TimeSpan Soon = TimeSpan.FromDays(14);
    private static readonly TimeSpan Reminder = TimeSpan.FromDays(1);

    private readonly Lock _gate = new();
    private readonly List<TlsCertificate> _configured = [.. TlsCertificate.AllOf(options)];
    private List<(string Name, X509Certificate2 Certificate)> _shown = [];
    private string _tried = "";
    private DateTimeOffset _nextReminder;
    private volatile TlsNames? _current;
    private TlsHandshakes? _upgrades;

    /// <summary>True where something says what certificate is shown.</summary>
    public static bool IsConfigured(SocketServerOptions options, ServerHooks hooks) =>
        options.TlsCertificate.Length > 0 || options.TlsCertificates.Count > 0 || hooks.ConfiguresTls;

    /// <summary>True once the certificates were read.</summary>
    public bool IsOpen => _current is not null;

    /// <summary>The handshakes of connections that have begun without TLS.</summary>
    public TlsHandshakes Upgrades => LazyInitializer.EnsureInitialized(ref _upgrades, () => new TlsHandshakes(this, options.TlsHandshakeTimeout));

    /// <summary>Looks after the files at regular times; null where nobody wants that.</summary>
    public TickHook? Watch => _current is not null && options.TlsReloadInterval is { } interval
        ? new TickHook(TimerLimit.Cut(interval), _ =>
        {
            ReloadIfChanged();
            return Task.CompletedTask;
        })
        : null;

    /// <summary>What is done for a client that asks for this name; it was opened before.</summary>
    public SslServerAuthenticationOptions For(string name) => _current!.Find(name);

    /// <summary>Reads the certificates, where there are any, unless that was done.</summary>
    /// <exception cref="ConfigurationException">A file cannot be read, or is not what it should be.</exception>
    public void Open()
    {
        lock (_gate)
        {
            if (_current is null && IsConfigured(options, hooks))
            {
                Take(ReadFiles());
            }
        }
    }

    /// <summary>Reads them again, whether they have changed or not; nothing happens where it was not opened.</summary>
    /// <inheritdoc cref="Open"/>
    public void Reload()
    {
        lock (_gate)
        {
            if (_current is not null)
            {
                TakeAgain(ReadFiles());
            }
        }
    }

    /// <summary>Reads them again if a file has changed since they were last read, well or not.</summary>
    public void ReloadIfChanged()
    {
        lock (_gate)
        {
            var files = ReadFiles();
            if (files.Fingerprint != _tried)
            {
                try
                {
                    TakeAgain(files);
                }
                catch (Exception exception)
                {
                    // Also what the hook of a user throws: whatever it is, there is something better to go on with.
                    log.Warning("[{0}] the TLS files have changed and cannot be used, so those from before stay in force: {1}", server, exception.Message);
                }
            }

            if (clock.GetUtcNow() >= _nextReminder)
            {
                WarnOfExpiry();
            }
        }
    }

    private TlsFiles ReadFiles() => new(_configured.SelectMany(certificate => certificate.Paths).Append(options.TlsClientCa));

    private void TakeAgain(TlsFiles files)
    {
        Take(files);
        log.Info("[{0}] the TLS files were read again; new connections have what they say", server);
    }

    private void Take(TlsFiles files)
    {
        _tried = files.Fingerprint;
        var shown = new List<(string, X509Certificate2)>();
        TlsNames? names = null;
        foreach (var certificate in _configured)
        {
            var context = certificate.Read(files);
            var own = TlsNames.Of(context.TargetCertificate);
            if (names is not null && own.Count == 0)
            {
                throw new ConfigurationException($"{certificate.Name}: it names no host (subjectAltName), so no client could ask for it");
            }

            var tls = Make(certificate.Name, context);
            names ??= new TlsNames(tls);
            foreach (var name in own)
            {
                names.Add(name, tls);
            }
        }

        _current = names ?? new TlsNames(Make("UseTls", null));
        _shown = shown;
        WarnOfExpiry();

        SslServerAuthenticationOptions Make(string name, SslStreamCertificateContext? context)
        {
            var tls = TlsOptions.Create(options, files, context, hooks);
            if ((tls.ServerCertificateContext?.TargetCertificate ?? tls.ServerCertificate) is X509Certificate2 certificate)
            {
                shown.Add((certificate == context?.TargetCertificate ? name : "UseTls", certificate));
            }

            return tls;
        }
    }

    private void WarnOfExpiry()
    {
        var now = clock.GetUtcNow();
        _nextReminder = now + Reminder;
        foreach (var (name, certificate) in _shown)
        {
            var (from, to) = (certificate.NotBefore.ToUniversalTime(), certificate.NotAfter.ToUniversalTime());
            if (to < now + Soon)
            {
                log.Warning("[{0}] {1}: the certificate {2} on {3:u}", server, name, to < now ? "has expired" : "expires", to);
            }
            else if (from > now)
            {
                log.Warning("[{0}] {1}: the certificate is not valid before {2:u}", server, name, from);
            }
        }
    }
}
