using Xunit.Abstractions;

namespace ActorSockets.Conformance.Tests;

/// <summary>
/// The cases of <c>tests/conformance</c>, the same steps against our library and against CPython. Where a subject does
/// something else than a case expects, it is listed in <c>differences.toml</c> with the reason. Classes run beside each other.
/// </summary>
public abstract class ConformanceTests(CaseRunner runner, ITestOutputHelper output) : IClassFixture<CaseRunner>
{
    /// <summary>A row for each case in each of the places.</summary>
    internal static TheoryData<string, string, string, string> Rows(Func<Pair, bool> isMeant)
    {
        var rows = new TheoryData<string, string, string, string>();
        foreach (var pair in CaseRunner.Pairs.Where(isMeant))
        {
            rows.Add(pair.Subject, pair.Endpoint, pair.Dispatcher, pair.Case);
        }

        // Without Python there are none, and that must be seen.
        if (Python.WhyNot is not null)
        {
            rows.Add("all", "all", "all", "all");
        }

        return rows;
    }

    internal async Task<PairResult> RunAsync(string subject, string endpoint, string dispatcher, string caseId)
    {
        Skip.If(Python.WhyNot is not null, Python.WhyNot);
        var result = await runner.RunAsync(caseId, subject, endpoint, dispatcher);
        output.WriteLine($"{caseId} on {subject} {endpoint} {dispatcher}: {result.Status} {string.Join(' ', result.Reasons)}\n{result.Observed}\n{result.Measured}");
        return result;
    }

    protected async Task CheckAsync(string subject, string endpoint, string dispatcher, string caseId)
    {
        var result = await RunAsync(subject, endpoint, dispatcher, caseId);

        Assert.True(result.Status is "pass" or "differs" or "refused", string.Join('\n', [.. result.Problems, result.Errors]));

        // Only after it was seen that it is refused, in the words of the table.
        Skip.If(result.Status == "refused", string.Join(' ', result.Reasons));
    }
}
