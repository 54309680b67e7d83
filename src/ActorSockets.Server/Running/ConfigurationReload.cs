using ActorSockets.Hosting;
using ActorSockets.Server.Configuration;
using ActorSockets.Server.Output;
using Akka.Actor;
using Akka.Configuration;
using Akka.Event;

namespace ActorSockets.Server.Running;

/// <summary>Reads the configuration file again and puts in force what can be while the servers run. A file that is wrong changes nothing.</summary>
/// <param name="read">Reads it.</param>
/// <param name="running">As it was read at the start.</param>
/// <param name="system">Where the servers run.</param>
/// <param name="threshold">What is logged.</param>
internal sealed class ConfigurationReload(Func<ServerPlan> read, ServerPlan running, ActorSystem system, LogThreshold threshold)
{
    private readonly ILoggingAdapter _log = Logging.GetLogger(system, typeof(ConfigurationReload));

    /// <summary>Never throws: it is called where an exception would end the process.</summary>
    public void Run()
    {
        try
        {
            var next = read();
            var planned = next.Servers.ToDictionary(server => server.Name);

            // All is looked at before the first is changed.
            List<(SocketServer Server, OptionsReload Reload)> reloads =
            [
                .. system.HostedSocketServers().Where(server => planned.ContainsKey(server.Name))
                    .Select(server => (server, server.PrepareReload(planned[server.Name].Configuration.Options))),
            ];
            var (logLevel, akkaLogLevel) = (next.LogLevel, next.AkkaLogLevel);
            var later = LaterChanges.Tell(running, next, reloads.Select(each => (each.Server.Name, each.Reload)));

            Apply(reloads);
            threshold.Level = logLevel;
            system.EventStream.SetLogLevel(akkaLogLevel);
            Report(reloads, later);
        }
        catch (Exception exception) when (exception is ConfigurationException or IOException or UnauthorizedAccessException)
        {
            _log.Error("the configuration was read again from {0} and is wrong; nothing has changed: {1}", running.Source, exception.Message);
        }
        catch (Exception exception)
        {
            // Whatever plugins and Akka.NET stumble over.
            _log.Error(exception, "the configuration was read again from {0} and cannot be used; nothing has changed: {1}", running.Source, exception.Message);
        }
    }

    /// <summary>All or none.</summary>
    private void Apply(IEnumerable<(SocketServer Server, OptionsReload Reload)> reloads)
    {
        var before = new Stack<(SocketServer Server, SocketServerOptions Options)>();
        try
        {
            foreach (var (server, reload) in reloads)
            {
                before.Push((server, server.Options));
                reload.Apply();
            }
        }
        catch
        {
            foreach (var (server, options) in before)
            {
                server.PrepareReload(options).Apply();
            }

            throw;
        }

        foreach (var (server, _) in reloads)
        {
            ReloadCertificates(server);
        }
    }

    private void ReloadCertificates(SocketServer server)
    {
        try
        {
            server.ReloadCertificatesAsync().GetAwaiter().GetResult();
        }
        catch (Exception exception)
        {
            // Hooks are the user's, and may throw anything.
            _log.Error("[{0}] the certificates were read again and cannot be used; those before stay in force: {1}", server.Name, exception.Message);
        }
    }

    private void Report(IEnumerable<(SocketServer Server, OptionsReload Reload)> reloads, IReadOnlyList<string> later)
    {
        _log.Info("the configuration was read again");
        foreach (var (server, reload) in reloads.Where(each => each.Reload.Changed.Count > 0))
        {
            _log.Info("[{0}] changed: {1}; version {2} of its options", server.Name, string.Join(", ", reload.Changed), server.OptionsVersion);
        }

        foreach (var sentence in later)
        {
            _log.Warning("{0}", sentence);
        }
    }
}
