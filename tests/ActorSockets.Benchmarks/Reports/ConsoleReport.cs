using ActorSockets.Benchmarks.Measuring;
using Spectre.Console;

namespace ActorSockets.Benchmarks.Reports;

/// <summary>The tables on the console.</summary>
internal static class ConsoleReport
{
    // Spectre.Console cuts cells to fit; a terminal that is too narrow does better by wrapping the line.
    private const int MinWidth = 200;

    public static void Write(IReadOnlyList<ReportTable> tables, Results results)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Out) });
        console.Profile.Width = Math.Max(console.Profile.Width, MinWidth);
        foreach (var report in tables)
        {
            var table = new Table().Title(new TableTitle(Markup.Escape(report.Title))).Border(TableBorder.Simple);
            foreach (var column in report.Columns)
            {
                var spectreColumn = new TableColumn(new Text(column)).NoWrap();
                table.AddColumn(table.Columns.Count == 0 ? spectreColumn : spectreColumn.RightAligned());
            }

            foreach (var row in report.Rows)
            {
                table.AddRow(row.Select(cell => new Text(cell)));
            }

            console.Write(table);
        }

        WriteList("left out", results.LeftOut);
        WriteList("FAILED", results.Failures);
    }

    private static void WriteList(string title, IReadOnlyList<string> lines)
    {
        foreach (var line in lines)
        {
            Console.WriteLine($"{title}: {line}");
        }
    }
}
