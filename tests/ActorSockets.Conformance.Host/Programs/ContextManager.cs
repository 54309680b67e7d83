using ActorSockets.Conformance.Host.Protocol;
using Akka.Actor;

namespace ActorSockets.Conformance.Host.Programs;

/// <summary>A server within <c>await using</c>, until a word comes; then another word ends the program.</summary>
internal static class ContextManager
{
    public static async Task RunAsync(ActorSystem system, HostArguments arguments)
    {
        using var words = new Words();
        var before = OpenSockets.Count();
        await using (var server = await system.SocketServers().StartAsync("conf", s => s.Listen(arguments.Listen).Handle(_ => Task.CompletedTask)))
        {
            Output.Say("ready", server.Endpoints[0].ToString());
            await words.NextAsync();
        }

        Output.Say("answer", new Dictionary<string, object> { ["sockets"] = await OpenSockets.LeftAsync(before) });
        await words.NextAsync();
    }
}
