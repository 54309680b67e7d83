namespace ActorSockets.Fuzz.Targets;

/// <summary>What a reader must say of an input.</summary>
/// <param name="Failure">The exception; null: none.</param>
/// <param name="Start">Where the frame begins.</param>
/// <param name="Length">How long it is; −1: there is none yet.</param>
/// <param name="Consumed">Where the next one begins.</param>
internal readonly record struct Expected(Type? Failure, int Start, int Length, int Consumed)
{
    public static Expected Incomplete { get; } = new(null, 0, -1, 0);

    public static Expected TooLarge { get; } = Incomplete with { Failure = typeof(FrameTooLargeException) };

    public static Expected Malformed { get; } = Incomplete with { Failure = typeof(MalformedFrameException) };

    public bool IsFrame => Length >= 0;

    public static Expected Frame(int start, int length, int consumed) => new(null, start, length, consumed);
}
