using System.Diagnostics;
using ActorSockets.Conformance.Host.Protocol;
using Akka.Actor;

namespace ActorSockets.Conformance.Host.Programs;

/// <summary>Starts servers, then stops each at once; and stops as many before they are ready.</summary>
internal static class StartAndStop
{
    public static async Task RunAsync(ActorSystem system, HostArguments arguments)
    {
        var times = (int)arguments.Number("times")!;

        // So that code that is compiled on the way is not measured.
        await (await StartAsync(system, "first", arguments)).StopAsync();
        var servers = new List<SocketServer>();
        for (var time = 0; time < times; time++)
        {
            servers.Add(await StartAsync(system, $"conf-{time}", arguments));
        }

        var milliseconds = new List<double>();
        foreach (var server in servers)
        {
            var watch = Stopwatch.StartNew();
            await server.StopAsync();
            milliseconds.Add(watch.Elapsed.TotalMilliseconds);
        }

        Output.Say("answer", new Dictionary<string, object>
        {
            ["stopped"] = servers.Count(server => server.Completion.IsCompletedSuccessfully),
            ["milliseconds"] = milliseconds,
            ["before ready"] = await StopEarlyAsync(system, arguments, times),
        });
    }

    private static async Task<int> StopEarlyAsync(ActorSystem system, HostArguments arguments, int times)
    {
        var stopped = 0;
        for (var time = 0; time < times; time++)
        {
            var server = system.SocketServers().Create("conf", s => s.Listen(arguments.Listen).Handle(_ => Task.CompletedTask));
            var start = server.StartAsync();
            var stop = server.StopAsync();
            await Task.WhenAll(start, stop).ContinueWith(_ => { }, TaskScheduler.Default);

            // The start may fail, as it was stopped; the stop has nothing to fail of.
            stopped += stop.IsCompletedSuccessfully && server.State is ServerState.New or ServerState.Stopped ? 1 : 0;
        }

        return stopped;
    }

    private static Task<SocketServer> StartAsync(ActorSystem system, string name, HostArguments arguments)
    {
        // They live at the same time: a path is one server's.
        var listen = Endpoint.Parse(arguments.Listen).Path.Length > 0 ? $"{arguments.Listen}-{name}" : arguments.Listen;
        return system.SocketServers().StartAsync(name, s => s.Listen(listen).Handle(_ => Task.CompletedTask));
    }
}
