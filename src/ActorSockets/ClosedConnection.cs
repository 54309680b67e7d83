using System.Net;

namespace ActorSockets;

/// <summary>A connection that has ended.</summary>
/// <param name="Id">Its <see cref="Peer.Id"/>.</param>
/// <param name="Endpoint">Where it came in.</param>
/// <param name="RemoteEndPoint">The other side's address.</param>
/// <param name="ConnectedAt">When it was accepted, by the wall clock.</param>
/// <param name="ClosedAt">When nothing of it was left, by the wall clock.</param>
/// <param name="Reason">Why it ended.</param>
/// <param name="BytesReceived">Bytes that had arrived.</param>
/// <param name="BytesSent">Bytes that the kernel had taken.</param>
public readonly record struct ClosedConnection(
    string Id, Endpoint Endpoint, EndPoint RemoteEndPoint, DateTimeOffset ConnectedAt, DateTimeOffset ClosedAt, CloseReason Reason, long BytesReceived, long BytesSent);
