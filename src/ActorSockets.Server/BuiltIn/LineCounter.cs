using System.Buffers;
using System.Globalization;
using System.Text;

namespace ActorSockets.Server.BuiltIn;

/// <summary>Counts lines, and fails on the line <c>crash</c>: a state that shows what a restart loses and a resume keeps.</summary>
internal sealed class LineCounter
{
    private long _count;

    /// <summary>Writes <c>&lt;n&gt; &lt;line&gt;\n</c>; a CR at the end of the line is dropped.</summary>
    /// <exception cref="InvalidOperationException">The line is <c>crash</c>.</exception>
    public void Answer(ReadOnlySpan<byte> line, IBufferWriter<byte> output)
    {
        _count++;
        line = line.EndsWith("\r"u8) ? line[..^1] : line;
        if (line.SequenceEqual("crash"u8))
        {
            throw new InvalidOperationException($"line {_count} asked for a crash");
        }

        output.Write(Encoding.ASCII.GetBytes(_count.ToString(CultureInfo.InvariantCulture)));
        output.Write(" "u8);
        output.Write(line);
        output.Write("\n"u8);
    }
}
