using ActorSockets.Conformance.Host.Protocol;
using Akka.Actor;

namespace ActorSockets.Conformance.Host.Programs;

/// <summary>Binds a server that never serves, and closes it; says how many sockets are left.</summary>
internal static class ConstructAndClose
{
    public static async Task RunAsync(ActorSystem system, HostArguments arguments)
    {
        var before = OpenSockets.Count();
        await using (var server = system.SocketServers().Create("conf", s => s.Listen(arguments.Listen).Handle(_ => Task.CompletedTask)))
        {
            await server.BindAsync();
        }

        Output.Say("answer", new Dictionary<string, object> { ["sockets"] = await OpenSockets.LeftAsync(before) });
    }
}
