using Xunit.Abstractions;

namespace ActorSockets.Conformance.Tests;

/// <summary>CPython's <c>socketserver</c> and <c>asyncio</c>, where they have a counterpart.</summary>
public class CPythonConformanceTests(CaseRunner runner, ITestOutputHelper output) : ConformanceTests(runner, output)
{
    public static TheoryData<string, string, string, string> Cases => Rows(pair => IsCPython(pair.Subject) && !pair.Refused);

    [SkippableTheory]
    [MemberData(nameof(Cases))]
    public Task CPython_does_what_the_case_expects_or_what_the_table_lists(string subject, string endpoint, string dispatcher, string caseId) =>
        CheckAsync(subject, endpoint, dispatcher, caseId);

    [SkippableTheory]
    [InlineData("socketserver")]
    [InlineData("asyncio")]
    public async Task What_has_no_counterpart_in_CPython_is_refused_as_the_table_lists(string subject)
    {
        Skip.If(Python.WhyNot is not null, Python.WhyNot);
        var problems = new List<string>();
        foreach (var pair in CaseRunner.Pairs.Where(pair => pair.Refused && pair.Subject == subject))
        {
            var result = await RunAsync(subject, pair.Endpoint, pair.Dispatcher, pair.Case);
            problems.AddRange(result.Problems.Select(problem => $"{pair.Case}: {problem}"));
        }

        Assert.Empty(problems);
    }

    private static bool IsCPython(string subject) => subject is "socketserver" or "asyncio";
}
