using System.Text;

namespace ActorSockets.Benchmarks.Reports;

/// <summary>Everything to read, as Markdown.</summary>
internal static class MarkdownReport
{
    public static string Write(IReadOnlyDictionary<string, string> machine, IReadOnlyList<ReportTable> tables)
    {
        var text = new StringBuilder("# Benchmarks\n\n");
        foreach (var (name, value) in machine)
        {
            text.Append(null, $"- {name}: {value}\n");
        }

        text.Append("\nMedians, with the lowest and the highest round in parentheses; relations (×) are medians of those within a round. Every subject runs\nwith `DOTNET_TC_DelaySingleProcMultiplier=1`, by which .NET compiles its best code as early on one core as on two. Subjects named event-loop call\n`EventLoop.Enable()`, which sets `DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS` to 1.\n");
        foreach (var table in tables)
        {
            text.Append(null, $"\n## {table.Title}\n\n");
            AppendRow(text, table.Columns);
            AppendRow(text, table.Columns.Select((_, column) => column == 0 ? "---" : "---:"));
            foreach (var row in table.Rows)
            {
                AppendRow(text, row);
            }
        }

        return text.ToString();
    }

    private static void AppendRow(StringBuilder text, IEnumerable<string> cells) => text.Append(null, $"| {string.Join(" | ", cells)} |\n");
}
