using Akka.Actor;

namespace ActorSockets.Tests.Samples;

/// <summary>The README's server in an actor system.</summary>
internal static class ActorSystemSample
{
    public static async Task<StopReport> RunAsync(ActorSystem system, Func<SocketServer, Task> use)
    {
        #region README
        var server = await system.SocketServers().StartAsync("lines", s => s
            .Listen("tcp://127.0.0.1:0")                                  // 0: any free port
            .OnFailure(RestartPolicy.Restart(max: 3))
            .Handle(async connection =>
            {
                await foreach (var line in connection.ReadLinesAsync())   // bounded, ends with the stream
                    await connection.SendAsync($"you said {line}\n");     // awaiting is the back-pressure
            }));                                                          // returning closes gracefully
        Console.WriteLine($"listening on {server.Endpoints[0]}");

        #endregion
        await use(server);
        #region README
        var report = await server.StopAsync();                            // lets handlers finish
        Console.WriteLine($"{report.Drained} finished, {report.Aborted} were cut");
        #endregion
        return report;
    }
}
