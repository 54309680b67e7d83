using System.Buffers;
using ActorSockets.Diagnostics;

namespace ActorSockets;

/// <summary>A frame whose form cannot be right, such as a length smaller than its own header. Its bytes stay unread.</summary>
public sealed class MalformedFrameException : ProtocolException
{
    /// <summary>Says what is wrong and shows how the frame begins, escaped.</summary>
    /// <param name="problem">What is wrong, without bytes of the other side.</param>
    /// <param name="frame">What has arrived of the frame.</param>
    public MalformedFrameException(string problem, in ReadOnlySequence<byte> frame)
        : base($"malformed frame: {problem}; it begins with \"{PeerBytes.Escape(frame)}\"")
    {
    }
}
