using System.Diagnostics;
using ActorSockets.Conformance.Host.Protocol;
using Akka.Actor;

namespace ActorSockets.Conformance.Host.Programs;

/// <summary>Starts a server, lets it serve a connection, and stops it; again and again.</summary>
internal static class StartThenStop
{
    public static async Task RunAsync(ActorSystem system, HostArguments arguments)
    {
        var milliseconds = new List<double>();
        for (var time = 0; time < (int)arguments.Number("times")!; time++)
        {
            var server = await system.SocketServers().StartAsync("conf", s => s.Listen(arguments.Listen).Handle(_ => Task.CompletedTask));
            await Client.BeServedAsync(server.Endpoints[0], arguments.Option("certificate"));
            var watch = Stopwatch.StartNew();
            await server.StopAsync();
            milliseconds.Add(watch.Elapsed.TotalMilliseconds);
        }

        Output.Say("answer", new Dictionary<string, object> { ["stopped"] = milliseconds.Count, ["milliseconds"] = milliseconds });
    }
}
