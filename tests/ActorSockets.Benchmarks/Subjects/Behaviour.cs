namespace ActorSockets.Benchmarks.Subjects;

/// <summary>What a server does with a message.</summary>
internal enum Behaviour
{
    /// <summary>Sends it back.</summary>
    Echo,

    /// <summary>Sends it to everybody who is connected.</summary>
    Broadcast,

    /// <summary>Sends it back; where it carries the mark, by a fresh handler after the first has failed.</summary>
    Crash,
}
