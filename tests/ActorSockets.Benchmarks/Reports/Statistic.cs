using System.Globalization;

namespace ActorSockets.Benchmarks.Reports;

/// <summary>One figure over all rounds.</summary>
internal readonly record struct Statistic(double Median, double Min, double Max)
{
    /// <returns>Null where there is nothing.</returns>
    public static Statistic? Of(IEnumerable<double?> values)
    {
        var sorted = values.OfType<double>().Order().ToArray();
        var middle = sorted.Length / 2;
        return sorted.Length == 0
            ? null
            : new Statistic(sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2, sorted[0], sorted[^1]);
    }

    public override string ToString() => Format("0.00");

    public string Format(string format) => string.Create(
        CultureInfo.InvariantCulture, $"{Median.ToString(format, CultureInfo.InvariantCulture)} ({Min.ToString(format, CultureInfo.InvariantCulture)}–{Max.ToString(format, CultureInfo.InvariantCulture)})");
}
