namespace ActorSockets.Benchmarks.Subjects;

/// <summary>A server program that is measured.</summary>
/// <param name="Name">As in the tables.</param>
/// <param name="Toolchain">What makes its command, or says why there is none.</param>
/// <param name="Services">What it can be asked for.</param>
/// <param name="Options">Arguments behind those that every subject has.</param>
internal sealed record Subject(string Name, Toolchain Toolchain, Service Services, params string[] Options)
{
    /// <summary>ActorSockets, and not one of the peers.</summary>
    public bool IsOurs { get; init; }

    /// <summary>It tells its allocations and collects its garbage when asked.</summary>
    public bool AnswersQuestions => Toolchain is DotNetToolchain;
}
