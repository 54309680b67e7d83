using ActorSockets.Tests.Faults;

namespace ActorSockets.Server.Tests.Faults;

/// <summary>What SIGSTOP and SIGCONT, a debugger, or a machine that was suspended do to the deadlines of clients.</summary>
[Trait("Category", "Faults")]
public sealed class StoppedProcessTests(StoppedServers servers) : IClassFixture<StoppedServers>
{
    [SkippableTheory]
    [InlineData("idle-timeout")]
    [InlineData("idle-timeout-akka-io")]
    [InlineData("first-byte-timeout")]
    [InlineData("first-byte-timeout-akka-io")]
    [InlineData("read-timeout")]
    [InlineData("frame-timeout")]
    [InlineData("frame-timeout-akka-io")]
    [InlineData("min-rate")]
    [InlineData("write-stall-timeout")]
    [InlineData("write-stall-timeout-akka-io")]
    [InlineData("handshake-timeout")]
    [InlineData("header-timeout")]
    [InlineData("peer-timeout")]
    [InlineData("peer-timeout-akka-io")]
    [InlineData("newcomer")]
    [Proves("the process does not run for a time (SIGSTOP, a machine that sleeps)", "timeouts stand still meanwhile")]
    public async Task Who_was_in_time_while_the_program_was_stopped_is_served(string timeout)
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "/proc is Linux'");
        await servers.ClientOf(timeout);
    }

    [SkippableFact]
    public async Task Who_says_nothing_is_closed_all_the_same()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "/proc is Linux'");
        await servers.ClientOf("silent");
    }

    [SkippableFact]
    public async Task The_books_balance_afterwards()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "/proc is Linux'");
        await servers.BalancedAsync();
    }
}
