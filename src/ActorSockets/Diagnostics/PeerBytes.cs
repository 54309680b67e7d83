using System.Buffers;
using System.Globalization;
using System.Text;

namespace ActorSockets.Diagnostics;

/// <summary>Makes bytes from the network fit for a log line: printable ASCII as it is, the rest escaped, bounded.</summary>
internal static class PeerBytes
{
    public const int MaxShown = 64;

    public static string Escape(in ReadOnlySequence<byte> bytes)
    {
        var text = new StringBuilder();
        var shown = bytes.Slice(0, Math.Min(bytes.Length, MaxShown));
        foreach (var segment in shown)
        {
            foreach (var value in segment.Span)
            {
                Append(text, value);
            }
        }

        return bytes.Length > MaxShown ? text.Append('…').ToString() : text.ToString();
    }

    private static void Append(StringBuilder text, byte value)
    {
        switch (value)
        {
            case (byte)'\n':
                text.Append("\\n");
                break;
            case (byte)'\r':
                text.Append("\\r");
                break;
            case (byte)'\t':
                text.Append("\\t");
                break;
            case (byte)'"' or (byte)'\\':
                text.Append('\\').Append((char)value);
                break;
            case >= 0x20 and < 0x7f:
                text.Append((char)value);
                break;
            default:
                text.Append(CultureInfo.InvariantCulture, $"\\x{value:x2}");
                break;
        }
    }
}
