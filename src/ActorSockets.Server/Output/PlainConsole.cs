using Spectre.Console;

namespace ActorSockets.Server.Output;

/// <summary>Tables that are pretty on a terminal, plain elsewhere, and whole on both.</summary>
internal static class PlainConsole
{
    // Spectre.Console cuts cells to fit; a terminal that is too narrow does better by wrapping the line.
    private const int MinWidth = 400;

    public static Table CreateTable(params string[] columns)
    {
        var table = new Table().Border(Console.IsOutputRedirected ? TableBorder.None : TableBorder.Simple);
        foreach (var column in columns)
        {
            table.AddColumn(new TableColumn(new Text(column)).NoWrap().PadLeft(0).PadRight(1));
        }

        return table;
    }

    public static void Write(Table table) => Console.Out.Write(Render(table));

    /// <summary>The table as lines.</summary>
    public static string Render(Table table)
    {
        using var text = new StringWriter();
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, Out = new AnsiConsoleOutput(text) });
        console.Profile.Width = MinWidth;
        console.Write(table);
        return text.ToString();
    }
}
