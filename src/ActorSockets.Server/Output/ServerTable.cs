using ActorSockets.Server.Configuration;
using Spectre.Console;

namespace ActorSockets.Server.Output;

/// <summary>Prints the servers, one row per endpoint.</summary>
internal static class ServerTable
{
    /// <summary>As they were bound, with a line to try each.</summary>
    public static void PrintRunning(IEnumerable<(PlannedServer Server, IReadOnlyList<Endpoint> Bound)> servers)
    {
        var table = PlainConsole.CreateTable("server", "endpoint", "handler", "policy", "try");
        foreach (var (server, bound) in servers)
        {
            foreach (var endpoint in bound)
            {
                // Without the budget the default table fits in 80 columns.
                AddRow(table, server, endpoint, server.PolicyFor(endpoint).OnFailure.ToString().ToLowerInvariant(), ExampleCommand.For(endpoint));
            }
        }

        // Among the lines of the log: where nobody reads them, the program serves all the same.
        LogOutput.Write($"{PlainConsole.Render(table)}Ctrl+C or SIGTERM stops.");
    }

    /// <summary>As they are configured.</summary>
    public static void PrintPlanned(IEnumerable<PlannedServer> servers)
    {
        var table = PlainConsole.CreateTable("server", "endpoint", "handler", "dispatcher", "policy");
        foreach (var server in servers)
        {
            foreach (var endpoint in server.Configuration.Endpoints)
            {
                AddRow(table, server, endpoint, Name(server.Dispatcher), server.PolicyFor(endpoint).ToString());
            }
        }

        PlainConsole.Write(table);
    }

    private static string Name(ServerDispatcher dispatcher) => dispatcher switch
    {
        ServerDispatcher.EventLoop => "event-loop",
        ServerDispatcher.Blocking => "blocking",
        _ => "thread-pool",
    };

    private static void AddRow(Table table, PlannedServer server, Endpoint endpoint, params string[] more)
    {
        string[] cells = [server.Name, endpoint.ToString(), server.Handler.Name, .. more];
        table.AddRow(cells.Select(cell => new Text(cell)));
    }
}
