using ActorSockets.Server.Configuration;

namespace ActorSockets.Server.Running;

/// <summary>Tells what a configuration that was read again changes when the program is started next, and not before.</summary>
internal static class LaterChanges
{
    private const string Later = "changed in the file, and in force when the program is started next: ";

    /// <param name="running">As it was read at the start.</param>
    /// <param name="next">As it was read now.</param>
    /// <param name="reloads">What changes of each server that is in both.</param>
    /// <returns>A sentence for each server, and one for what is beside them.</returns>
    public static IReadOnlyList<string> Tell(ServerPlan running, ServerPlan next, IEnumerable<(string Server, OptionsReload Reload)> reloads)
    {
        var (names, nextNames) = (running.Servers.Select(server => server.Name).ToList(), next.Servers.Select(server => server.Name).ToList());
        var others = ConfigurationChanges.AtNextStart(running.Config, next.Config);
        return
        [
            .. from each in reloads
               let keys = KeysOf(Named(running, each.Server), Named(next, each.Server), each.Reload)
               where keys.Count > 0
               select $"[{each.Server}] {Later}{string.Join(", ", keys)}",
            .. names.Except(nextNames).Concat(nextNames.Except(names)).Select(name =>
                $"[{name}] is {(names.Contains(name) ? "no longer in" : "new in")} the file; servers begin and end when the program is started next"),
            .. others.Count > 0 ? [Later + string.Join(", ", others)] : Array.Empty<string>(),
        ];
    }

    private static PlannedServer Named(ServerPlan plan, string name) => plan.Servers.Single(server => server.Name == name);

    private static List<string> KeysOf(PlannedServer before, PlannedServer after, OptionsReload reload) =>
    [
        .. before.Configuration.Endpoints.SequenceEqual(after.Configuration.Endpoints) ? Array.Empty<string>() : ["listen"],
        .. before.Handler.Name == after.Handler.Name ? Array.Empty<string>() : ["handler"],
        .. reload.AtNextStart,
    ];
}
