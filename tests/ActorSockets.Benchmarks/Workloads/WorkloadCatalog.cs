using ActorSockets.Benchmarks.Subjects;

namespace ActorSockets.Benchmarks.Workloads;

/// <summary>All workloads, in the order of the report.</summary>
internal static class WorkloadCatalog
{
    public static IReadOnlyList<Workload> All { get; } =
    [
        new("echo", "TCP echo, 64 B, 50 connections, depth 1", Service.Tcp | Service.Variant, "--connections=50") { HasOpenLoop = true, IsHeadline = true },
        new("depth16", "TCP echo, 64 B, 50 connections, depth 16", Service.Tcp, "--connections=50", "--depth=16"),
        new("large", "TCP echo, 16 KiB, 50 connections", Service.Tcp, "--connections=50", "--size=16384") { IsHeadline = true },
        new("single", "TCP echo, 64 B, 1 connection", Service.Tcp, "--connections=1"),
        new("thousand", "TCP echo, 64 B, 1,000 connections", Service.Tcp, "--connections=1000"),
        new("churn", "TCP connect, echo 64 B, close; 50 at a time", Service.Tcp, "--mode=churn", "--connections=50") { Unit = "CPU-µs per connection", IsHeadline = true },
        new("idle", "TCP, 9,000 idle connections", Service.Tcp) { Unit = "resident KiB per connection", IdleConnections = 9000 },
        new("udp", "UDP echo, 64 B, 50 sockets", Service.Udp, "--connections=50") { Scheme = "udp" },
        new("unix", "Unix stream echo, 64 B, 50 connections", Service.Unix, "--connections=50") { Scheme = "unix" },
        new("tls", "TLS echo, 64 B, 50 connections", Service.Tls, "--connections=50") { Scheme = "tls", IsHeadline = true },
        new("broadcast", "Broadcast of 64 B to 1,000 TCP connections", Service.Broadcast, "--mode=broadcast", "--connections=1000")
        {
            Behaviour = Behaviour.Broadcast, Unit = "CPU-µs per delivered message",
        },
        new("no-crash", "TCP echo, 64 B, 50 connections, none of the messages crashes its handler", Service.Crash, "--connections=50") { Behaviour = Behaviour.Crash },
        new("crash", "TCP echo, 64 B, 50 connections, 1 % of the messages crash their handler, policy restart", Service.Crash, "--connections=50", "--crash-every=100")
        {
            Behaviour = Behaviour.Crash, ComparedWith = "no-crash",
        },
    ];
}
