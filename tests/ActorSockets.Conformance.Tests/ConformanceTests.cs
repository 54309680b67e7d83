using Xunit.Abstractions;

namespace ActorSockets.Conformance.Tests;

/// <summary>
/// The cases of <c>tests/conformance</c>, the same steps against our library and against CPython. Where a subject does
/// something else than a case expects, it is listed in <c>differences.toml</c> with the reason.
/// </summary>
public class ConformanceTests(CaseRunner runner, ITestOutputHelper output) : IClassFixture<CaseRunner>
{
    private const string Ours = "ours";

    /// <summary>Each case on each subject; a CPython subject only where there is a counterpart.</summary>
    public static TheoryData<string, string> Pairs
    {
        get
        {
            var pairs = new TheoryData<string, string>();
            foreach (var pair in CaseRunner.Pairs.Where(pair => !pair.Refused || pair.Subject.StartsWith(Ours, StringComparison.Ordinal)))
            {
                pairs.Add(pair.Case, pair.Subject);
            }

            // Without Python there are none, and that must be seen.
            if (Python.WhyNot is not null)
            {
                pairs.Add("all", Ours);
            }

            return pairs;
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Pairs))]
    public async Task A_subject_does_what_the_case_expects_or_what_the_table_lists(string id, string subject)
    {
        var result = await RunAsync(id, subject);

        Assert.True(result.Status is "pass" or "differs" or "refused", string.Join('\n', [.. result.Problems, result.Errors]));

        // Only after it was seen that it is refused, in the words of the table.
        Skip.If(result.Status == "refused", string.Join(' ', result.Reasons));
    }

    [SkippableTheory]
    [InlineData("socketserver")]
    [InlineData("asyncio")]
    public async Task What_has_no_counterpart_in_CPython_is_refused_as_the_table_lists(string subject)
    {
        var problems = new List<string>();
        foreach (var pair in CaseRunner.Pairs.Where(pair => pair.Refused && pair.Subject == subject))
        {
            var result = await RunAsync(pair.Case, subject);
            problems.AddRange(result.Problems.Select(problem => $"{pair.Case}: {problem}"));
        }

        Skip.If(Python.WhyNot is not null, Python.WhyNot);
        Assert.Empty(problems);
    }

    private async Task<PairResult> RunAsync(string id, string subject)
    {
        Skip.If(Python.WhyNot is not null, Python.WhyNot);
        var result = await runner.RunAsync(id, subject);
        output.WriteLine($"{id} on {subject}: {result.Status} {string.Join(' ', result.Reasons)}\n{result.Observed}\n{result.Measured}");
        return result;
    }
}
