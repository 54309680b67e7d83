using System.CommandLine;
using ActorSockets.Server.Configuration;
using ActorSockets.Server.Output;
using Spectre.Console;

namespace ActorSockets.Server.Commands;

/// <summary>Says for each server of a configuration what each fault costs.</summary>
internal sealed class ExplainCommand : Command
{
    private readonly ConfigOption _config = new();
    private readonly EventLoopOption _eventLoop = new();

    public ExplainCommand()
        : base("explain", "Prints for each server of a configuration what each fault costs, who is told, and how long it takes; binds nothing.")
    {
        Options.Add(_config);
        Options.Add(_eventLoop);
        SetAction(Explain);
    }

    private int Explain(ParseResult arguments)
    {
        _eventLoop.Apply(arguments);
        foreach (var server in ServerPlan.Read(arguments.GetValue(_config)).Servers)
        {
            Console.Out.WriteLine($"{server.Name} on {string.Join(", ", server.Configuration.Endpoints)}");
            var table = PlainConsole.CreateTable("fault", "lost", "told", "within");
            foreach (var row in server.Configuration.Options.Explain(server.Configuration.Endpoints))
            {
                table.AddRow(new Text(row.Fault), new Text(row.Lost), new Text(row.Told), new Text(row.Within));
            }

            PlainConsole.Write(table);
            Console.Out.WriteLine();
        }

        return ExitCode.Success;
    }
}
