using System.Buffers;
using ActorSockets.Diagnostics;

namespace ActorSockets;

/// <summary>A line or frame had no end within the allowed length, or announced a greater one. Its bytes stay unread. Unhandled, it is a failure of the handler like any other.</summary>
public sealed class FrameTooLargeException : ProtocolException
{
    /// <summary>Names the limit and shows how the frame begins, escaped.</summary>
    /// <param name="limit">The limit in bytes.</param>
    /// <param name="frame">What has arrived of the frame.</param>
    public FrameTooLargeException(int limit, in ReadOnlySequence<byte> frame)
        : base($"no end of line or frame within {limit} bytes; it begins with \"{PeerBytes.Escape(frame)}\"") => Limit = limit;

    /// <summary>Names the limit and the length that the frame's header announced.</summary>
    /// <param name="limit">The limit in bytes.</param>
    /// <param name="announced">The announced length in bytes.</param>
    public FrameTooLargeException(int limit, ulong announced)
        : base($"a frame of {announced} bytes was announced; at most {limit} are allowed") => Limit = limit;

    /// <summary>The limit in bytes.</summary>
    public int Limit { get; }
}
