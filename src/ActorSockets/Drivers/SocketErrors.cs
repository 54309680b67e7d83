using System.Net.Sockets;

namespace ActorSockets.Drivers;

/// <summary>What the error that ended a connection says about it.</summary>
internal static class SocketErrors
{
    /// <summary>The errors that say something.</summary>
    public static IReadOnlyDictionary<SocketError, CloseReason> Reasons { get; } = new Dictionary<SocketError, CloseReason>
    {
        [SocketError.ConnectionReset] = CloseReason.PeerReset,
        [SocketError.ConnectionAborted] = CloseReason.PeerReset,
        [SocketError.Shutdown] = CloseReason.PeerReset,
        [SocketError.TimedOut] = CloseReason.PeerLost,
        [SocketError.HostUnreachable] = CloseReason.PeerLost,
        [SocketError.NetworkUnreachable] = CloseReason.PeerLost,
    };

    /// <summary>The reason with which the connection ends.</summary>
    /// <param name="error">Null: there is none.</param>
    public static CloseReason Classify(SocketError? error) =>
        error is { } known && Reasons.TryGetValue(known, out var reason) ? reason : CloseReason.TransportFailed;
}
