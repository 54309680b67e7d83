namespace ActorSockets;

/// <summary>One line of a stream, without its line end.</summary>
/// <param name="Bytes">The bytes before the line feed; a carriage return right before it is removed. The memory is the caller's to keep.</param>
/// <param name="IsComplete">False for the last bytes before the end of the stream when no line feed ended them.</param>
public readonly record struct Line(ReadOnlyMemory<byte> Bytes, bool IsComplete)
{
    /// <summary>The line as text; bytes that are not UTF-8 become U+FFFD.</summary>
    public override string ToString() => System.Text.Encoding.UTF8.GetString(Bytes.Span);
}
