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

    public void Run()
    {
        try
        {
            var next = read();
            var servers = system.HostedSocketServers();
            var planned = next.Servers.ToDictionary(server => server.Name);

            // All of them are looked at before the first is changed.
            List<(SocketServer Server, OptionsReload Reload)> reloads =
                [.. servers.Where(server => planned.ContainsKey(server.Name)).Select(server => (server, server.PrepareReload(planned[server.Name].Configuration.Options)))];
            foreach (var (server, reload) in reloads)
            {
                reload.Apply();
                ReloadCertificates(server);
            }

            threshold.Level = next.LogLevel;
            system.EventStream.SetLogLevel(next.AkkaLogLevel);
            Report(reloads, next);
        }
        catch (Exception exception) when (exception is ConfigurationException or IOException or UnauthorizedAccessException)
        {
            _log.Error("the configuration was read again and is wrong; nothing has changed: {0}", exception.Message);
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

    private void Report(IEnumerable<(SocketServer Server, OptionsReload Reload)> reloads, ServerPlan next)
    {
        _log.Info("the configuration was read again");
        foreach (var (server, reload) in reloads)
        {
            if (reload.Changed.Count > 0)
            {
                _log.Info("[{0}] changed: {1}; version {2} of its options", server.Name, string.Join(", ", reload.Changed), server.OptionsVersion);
            }

            var (before, after) = (running.Servers.Single(plan => plan.Name == server.Name), next.Servers.Single(plan => plan.Name == server.Name));
            List<string> later =
            [
                .. before.Configuration.Endpoints.SequenceEqual(after.Configuration.Endpoints) ? Array.Empty<string>() : ["listen"],
                .. before.Handler.Name == after.Handler.Name ? Array.Empty<string>() : ["handler"],
                .. reload.AtNextStart,
            ];
            if (later.Count > 0)
            {
                _log.Warning("[{0}] changed in the file, and in force when the program is started next: {1}", server.Name, string.Join(", ", later));
            }
        }

        var (names, nextNames) = (running.Servers.Select(server => server.Name).ToList(), next.Servers.Select(server => server.Name).ToList());
        foreach (var name in names.Except(nextNames).Concat(nextNames.Except(names)))
        {
            _log.Warning("[{0}] is {1} the file; servers begin and end when the program is started next", name, names.Contains(name) ? "no longer in" : "new in");
        }
    }
}
