using ActorSockets.Connections;

namespace ActorSockets.Handlers;

/// <summary>Whose handler the current code belongs to; follows the code through its awaits, also when another handler has taken over.</summary>
/// <param name="Peer">The handler's connection or datagram peer.</param>
/// <param name="Input">The input of a connection as this handler sees it.</param>
internal sealed record HandlerCall(Peer Peer, InputReader? Input)
{
    private static readonly AsyncLocal<HandlerCall?> Local = new();

    /// <summary>Null outside of request handlers.</summary>
    public static HandlerCall? Current
    {
        get => Local.Value;
        set => Local.Value = value;
    }
}
