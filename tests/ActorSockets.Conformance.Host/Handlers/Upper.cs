using System.Text;

namespace ActorSockets.Conformance.Host.Handlers;

/// <summary><c>bytes.upper()</c> and <c>bytes.strip()</c>.</summary>
internal static class Upper
{
    public static byte[] Case(ReadOnlySpan<byte> data)
    {
        var upper = new byte[data.Length];
        Ascii.ToUpper(data, upper, out _);
        return upper;
    }

    public static ReadOnlySpan<byte> Strip(ReadOnlySpan<byte> data) => data[Ascii.Trim(data)];

    public static ReadOnlySpan<byte> StripEnd(ReadOnlySpan<byte> data) => data[Ascii.TrimEnd(data)];
}
