using ActorSockets.Diagnostics;
using Akka.Event;

namespace ActorSockets.Servers;

/// <summary>Writes down that nothing is left of a connection or datagram peer: in the books, among those that can be asked for, and in the log.</summary>
internal static class Departure
{
    /// <summary>Records one that has ended, once.</summary>
    public static void Record(ServerContext context, Peer peer)
    {
        var reason = peer.CloseReason!.Value;
        context.Counters.Closed(reason);
        context.Remove(peer);
        if (peer is Connection connection)
        {
            connection.Handled();
            if (connection.IsReleased)
            {
                connection.Free();
            }

            context.Closed.Add(new ClosedConnection(
                connection.Id, connection.Endpoint, connection.RemoteEndPoint, connection.ConnectedAt, DateTimeOffset.UtcNow, reason, connection.BytesReceived, connection.BytesSent));
            if (LevelOf(reason) is { } level)
            {
                context.Limited.Write(
                    LogLine.AbnormalEnd, level, null, "[{0}] closed: {1}; {2} on {3}, {4} bytes in, {5} out, {6} unsent; {7}",
                    connection.Id, reason, connection.RemoteEndPoint, connection.Endpoint, connection.BytesReceived, connection.BytesSent, connection.Unsent, connection.Recorder);
                return;
            }
        }

        context.Log.Debug("[{0}] closed: {1}", peer.Id, reason);
    }

    /// <summary>Null for an end that somebody wanted.</summary>
    private static LogLevel? LevelOf(CloseReason reason) => reason switch
    {
        CloseReason.SlowConsumer or CloseReason.TransportFailed or CloseReason.MemoryBudget => LogLevel.WarningLevel,
        CloseReason.FirstByteTimeout or CloseReason.ReadTimeout or CloseReason.FrameTimeout or CloseReason.MinRate or CloseReason.HandlerTimeout or CloseReason.HalfOpenTimeout
            or CloseReason.HandlerFailed or CloseReason.ProtocolError or CloseReason.TlsFailed or CloseReason.PeerLost or CloseReason.DrainTimeout => LogLevel.InfoLevel,
        _ => null,
    };
}
