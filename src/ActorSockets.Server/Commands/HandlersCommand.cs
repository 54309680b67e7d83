using System.CommandLine;
using ActorSockets.Server.BuiltIn;
using ActorSockets.Server.Output;
using Spectre.Console;

namespace ActorSockets.Server.Commands;

/// <summary>Lists the built-in handlers.</summary>
internal sealed class HandlersCommand : Command
{
    public HandlersCommand()
        : base("handlers", "Lists the built-in handlers.") => SetAction(_ => List());

    private static int List()
    {
        var table = PlainConsole.CreateTable("handler", "serves", "what it does");
        foreach (var handler in BuiltInHandlers.All)
        {
            table.AddRow(new Text(handler.Name), new Text(handler.Serves), new Text(handler.Description));
        }

        PlainConsole.Write(table);
        return ExitCode.Success;
    }
}
