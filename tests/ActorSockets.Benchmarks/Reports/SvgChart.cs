using System.Globalization;
using System.Security;
using System.Text;

namespace ActorSockets.Benchmarks.Reports;

/// <summary>
/// A panel of bars per workload: the median, and a line from the lowest to the highest round. The colours are readable
/// on a light and on a dark page, and the page shows through.
/// </summary>
internal static class SvgChart
{
    private const int Width = 920;
    private const int LabelWidth = 390;
    private const int ValueWidth = 70;
    private const int RowHeight = 20;
    private const int BarHeight = 13;
    private const int TitleHeight = 44;
    private const int Footer = 30;

    private const string Ours = "#2f81f7";
    private const string Peer = "#8b949e";
    private const string Range = "#d29922";
    private const string Ink = "#7d8590";

    public static string Write(IReadOnlyDictionary<string, string> machine, IReadOnlyList<Summary> summaries)
    {
        var panels = summaries.Where(summary => summary.OpenLoop is null).GroupBy(summary => summary.Workload).ToList();
        var height = panels.Sum(panel => TitleHeight + (RowHeight * panel.Count())) + Footer;
        var svg = new StringBuilder();
        svg.Append(null, $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Width} {height}\" width=\"{Width}\" height=\"{height}\" font-family=\"system-ui, sans-serif\" font-size=\"13\" fill=\"{Ink}\">\n");
        var top = 0;
        foreach (var panel in panels)
        {
            AppendText(svg, 0, top + TitleHeight - 12, $"{panel.Key.Title}: {panel.Key.Unit}", "font-weight=\"600\" font-size=\"14\"");
            top += TitleHeight;
            var scale = (Width - LabelWidth - ValueWidth) / panel.Max(summary => summary.Cost.Max);
            foreach (var summary in panel)
            {
                AppendRow(svg, top, summary, scale);
                top += RowHeight;
            }
        }

        AppendText(svg, 0, height - 10, $"Less is better · {machine["date"]} · {machine["processor"]} · {machine["runtime"]} · {machine["commit"]}", "font-size=\"11\"");
        return svg.Append("</svg>\n").ToString();
    }

    private static void AppendRow(StringBuilder svg, int top, Summary summary, double scale)
    {
        var (median, min, max) = (Bar(summary.Cost.Median, scale), Bar(summary.Cost.Min, scale), Bar(summary.Cost.Max, scale));
        var (colour, weight) = summary.Subject.IsOurs ? (Ours, "font-weight=\"600\"") : (Peer, "");
        var middle = top + (BarHeight / 2.0);
        AppendText(svg, LabelWidth - 8, top + BarHeight - 2, summary.Subject.Name, $"text-anchor=\"end\" {weight}");
        svg.Append(CultureInfo.InvariantCulture, $"<rect x=\"{LabelWidth}\" y=\"{top}\" width=\"{median:0.0}\" height=\"{BarHeight}\" rx=\"2\" fill=\"{colour}\"/>\n");
        svg.Append(CultureInfo.InvariantCulture, $"<path d=\"M{LabelWidth + min:0.0} {middle:0.0}H{LabelWidth + max:0.0}\" stroke=\"{Range}\" stroke-width=\"2\"/>\n");
        AppendText(svg, LabelWidth + Math.Max(median, max) + 6, top + BarHeight - 2, summary.Cost.Median.ToString("0.0", CultureInfo.InvariantCulture), weight);
    }

    // A pool that shrank while connections came makes a cost below zero.
    private static double Bar(double value, double scale) => Math.Max(0, value * scale);

    private static void AppendText(StringBuilder svg, double x, double y, string text, string attributes) =>
        svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{x:0.0}\" y=\"{y:0.0}\" {attributes}>{SecurityElement.Escape(text)}</text>\n");
}
