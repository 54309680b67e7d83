using Xunit.Abstractions;

namespace ActorSockets.Conformance.Tests;

/// <summary>Our library on the driver <c>akka-io</c>.</summary>
public class AkkaIoConformanceTests(CaseRunner runner, ITestOutputHelper output) : ConformanceTests(runner, output)
{
    public static TheoryData<string, string, string, string> Cases => Rows(pair => pair.Subject == "akka-io");

    [SkippableTheory]
    [MemberData(nameof(Cases))]
    public Task The_library_does_what_the_case_expects_or_what_the_table_lists(string subject, string endpoint, string dispatcher, string caseId) =>
        CheckAsync(subject, endpoint, dispatcher, caseId);
}
