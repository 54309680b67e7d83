using System.Text.RegularExpressions;
using ActorSockets.Server.Tests.Support;
using Xunit.Abstractions;

namespace ActorSockets.Server.Tests;

/// <summary>What <c>explain</c> says about each fault is what tests have seen.</summary>
[Trait("Category", "Faults")]
public sealed partial class FaultMatrixTests(ITestOutputHelper output)
{
    public static TheoryData<string, string> Configurations => new()
    {
        { "the defaults, all endpoints", "handler = echo, listen = [ \"tcp://127.0.0.1:0\", \"udp://127.0.0.1:0\" ]" },
        {
            "native, all timeouts, limits by address, proxies",
            "handler = echo, listen = [ \"tcp://127.0.0.1:0\", \"udp://127.0.0.1:0\" ], driver = native, restart.on-failure = restart, first-byte-timeout = 5s, frame-timeout = 5s, min-rate = 10, handler-timeout = 1m, "
                + "max-connections-per-address = 10, accept-rate = 10, reject-with = bye, proxy-protocol.enabled = on, proxy-protocol.trusted = [ \"127.0.0.1\" ]"
        },
        { "akka-io, resume, evict", "handler = echo, listen = [ \"tcp://127.0.0.1:0\" ], driver = akka-io, restart.on-failure = resume, overflow = evict-idle" },
        { "native, escalate, wait", "handler = echo, listen = [ \"tcp://127.0.0.1:0\", \"udp://127.0.0.1:0\" ], driver = native, restart.on-failure = escalate, overflow = wait, accept-rate = 10" },
        { "close, datagrams too", "handler = echo, listen = [ \"udp://127.0.0.1:0\" ], restart.on-failure = close" },
        {
            "TLS, limits by address",
            "handler = echo, listen = [ \"tls://127.0.0.1:0\" ], tls.certificate = my.pem, max-connections-per-address = 10, accept-rate = 10, reject-with = bye, allow = [ \"127.0.0.0/8\" ], "
                + "proxy-protocol.enabled = on, proxy-protocol.trusted = [ \"127.0.0.1\" ]"
        },
        {
            "TLS and plain, limits by address, blocking",
            "handler = echo, listen = [ \"tls://127.0.0.1:0\", \"tcp://127.0.0.1:0\", \"udp://127.0.0.1:0\" ], driver = native, dispatcher = blocking, tls.certificate = my.pem, "
                + "max-connections-per-address = 10, accept-rate = 10, reject-with = bye, deny = [ \"10.0.0.0/8\" ]"
        },
        { "akka-io on the event loop", "handler = echo, listen = [ \"tcp://127.0.0.1:0\" ], driver = akka-io, dispatcher = event-loop" },
        { "Unix", "handler = echo, listen = [ \"unix:@fault-matrix\", \"unixgram:@fault-matrix\" ], unix.allow-uids = [ 0 ]" },
    };

    [Theory]
    [MemberData(nameof(Configurations))]
    public async Task Each_row_has_a_test_that_proves_it(string name, string server)
    {
        var result = await ServerProcess.RunWithAsync($"actor-sockets.servers.test {{ {server} }}", "explain");
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        output.WriteLine($"{name}:\n{result.Output}");
        var proofs = ReadProofs();

        Assert.All(Rows(result.Output), row => Assert.True(
            IsNothing(row) || proofs.Exists(proof => proof.Fault.IsMatch(row.Fault) && row.Others.Contains(proof.Told, StringComparison.Ordinal)),
            $"no test proves: {row.Fault}: {row.Others}"));
    }

    [Fact]
    public async Task Each_proof_is_about_a_row_that_there_is()
    {
        List<(string Fault, string Others)> rows = [];
        foreach (var configuration in Configurations)
        {
            rows.AddRange(Rows((await ServerProcess.RunWithAsync($"actor-sockets.servers.test {{ {configuration[1]} }}", "explain")).Output));
        }

        Assert.All(ReadProofs(), proof => Assert.True(
            rows.Exists(row => proof.Fault.IsMatch(row.Fault) && row.Others.Contains(proof.Told, StringComparison.Ordinal)), $"nothing like this is said: {proof}"));
    }

    /// <summary>An option that is off promises nothing.</summary>
    private static bool IsNothing((string Fault, string Others) row) => row.Others.Contains("nobody  ", StringComparison.Ordinal) && row.Others.Contains("never", StringComparison.Ordinal);

    private static IEnumerable<(string Fault, string Others)> Rows(string table)
    {
        var lines = table.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var heads = lines.First(line => line.StartsWith("fault ", StringComparison.Ordinal));
        var width = heads.IndexOf("lost", StringComparison.Ordinal);
        return lines.SkipWhile(line => line != heads).Skip(1).Select(line => (line[..width].Trim(), line[width..]));
    }

    private static List<(Regex Fault, string Told)> ReadProofs() =>
    [
        .. Directory.EnumerateFiles(Path.Combine(Build.RepositoryRoot, "tests"), "*Tests.cs", SearchOption.AllDirectories)
            .SelectMany(file => Proof().Matches(Comment().Replace(File.ReadAllText(file), "")))
            .Select(proof => (new Regex($"^{Regex.Escape(proof.Groups["fault"].Value).Replace("\\*", ".+", StringComparison.Ordinal)}$"), proof.Groups["told"].Value)),
    ];

    // Nothing else stands before the attribute in its line: what is commented out proves nothing.
    [GeneratedRegex("^[ \\t]*\\[Proves\\(\"(?<fault>[^\"]+)\", \"(?<told>[^\"]+)\"\\)\\]", RegexOptions.Multiline)]
    private static partial Regex Proof();

    // Only where it begins a line: in the middle of one it may be a text's.
    [GeneratedRegex("^[ \\t]*/\\*.*?\\*/", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Comment();
}
