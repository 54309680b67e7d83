using System.Diagnostics;
using ActorSockets.Conformance.Host.Protocol;
using Akka.Actor;

namespace ActorSockets.Conformance.Host.Programs;

/// <summary>Serves until it is told to stop, or its server has ended.</summary>
internal static class Serve
{
    private const string Ended = "ended";

    public static async Task RunAsync(ActorSystem system, HostArguments arguments)
    {
        using var words = new Words();
        using var child = arguments.Option("child") is { } exitCode ? new ChildProcess(exitCode) : null;
        SocketServer? running = null;
        var server = running = await system.SocketServers().StartAsync("conf", builder =>
        {
            builder.Listen(arguments.Listen);
            HandlerCatalog.Choose(arguments, builder, () => running!);
            ServerOptions.Apply(arguments, builder);
            arguments.RefuseOthers();
        });
        _ = server.Completion.ContinueWith(_ => words.Put(Ended), TaskScheduler.Default);
        Output.Say("ready", server.Endpoints[0].ToString());

        while (await words.NextAsync() is var word && word is not (Words.Stop or Ended))
        {
            await AnswerAsync(word, server, child);
        }

        var watch = Stopwatch.StartNew();
        var report = await server.StopAsync();
        Output.Say("stopped", new Dictionary<string, object>
        {
            ["active"] = server.Statistics.Active,
            ["drained"] = report.Drained,
            ["aborted"] = report.Aborted,
            ["milliseconds"] = watch.Elapsed.TotalMilliseconds,
        });
    }

    private static async Task AnswerAsync(string word, SocketServer server, ChildProcess? child)
    {
        switch (word)
        {
            case "status":
                // What is garbage goes back to the system: how much of it .NET lets lie depends on the processor's cache.
                GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
                Output.Say("answer", new Dictionary<string, object>
                {
                    ["connections"] = server.Statistics.Active,
                    ["workers"] = ConnectionActors(server),
                });
                break;
            case "end child":
                Output.Say("answer", new Dictionary<string, object> { ["exit"] = await child!.EndAsync() });
                break;
            default:
                throw new RefusalException($"our host has no word '{word}'");
        }
    }

    private static int ConnectionActors(SocketServer server) =>
        ((ActorRefWithCell)server.Actor).Children.OfType<ActorRefWithCell>().Single(actor => actor.Path.Name == "connections").Children.Count();
}
