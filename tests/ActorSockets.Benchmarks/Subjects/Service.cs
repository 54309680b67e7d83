namespace ActorSockets.Benchmarks.Subjects;

/// <summary>What a subject can be asked for. A workload is for the subjects that have one of its services.</summary>
[Flags]
internal enum Service
{
    Tcp = 1,
    Unix = 2,
    Udp = 4,
    Tls = 8,
    Broadcast = 16,
    Crash = 32,

    /// <summary>Another way to write what is measured in full elsewhere: in the first workload only.</summary>
    Variant = 64,
}
