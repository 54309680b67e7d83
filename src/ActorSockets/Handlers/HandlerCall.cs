namespace ActorSockets.Handlers;

/// <summary>Whose handler the current code belongs to; follows the code through its awaits.</summary>
internal static class HandlerCall
{
    private static readonly AsyncLocal<Peer?> Current = new();

    /// <summary>The peer; null outside of handlers.</summary>
    public static Peer? Peer
    {
        get => Current.Value;
        set => Current.Value = value;
    }
}
