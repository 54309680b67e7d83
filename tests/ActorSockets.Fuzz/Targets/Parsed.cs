using System.Buffers;
using System.Globalization;
using ActorSockets.ProxyProtocol;

namespace ActorSockets.Fuzz.Targets;

/// <summary>What the parser says; two are equal where they say the same.</summary>
/// <param name="Status">A header, none, or not yet.</param>
/// <param name="Length">How long it is.</param>
/// <param name="Text">All that it says.</param>
/// <param name="Id">Its id, which is not in the text.</param>
internal sealed record Parsed(OperationStatus Status, int Length, string Text, string Id)
{
    // Compared by what it says: the memory of two ids is not the same.
    private ProxyHeader? _header;

    public ProxyHeader? Header => _header;

    public static Parsed Of(ReadOnlySpan<byte> data)
    {
        var status = ProxyHeaderParser.Parse(data, out var header, out var length);
        var said = header is null ? "" : (header with { UniqueId = default }).ToString();
        return new Parsed(status, status == OperationStatus.Done ? length : 0, said, Convert.ToHexString((header?.UniqueId ?? default).Span)) { _header = header };
    }

    public bool Equals(Parsed? other) => other is not null && (Status, Length, Text, Id) == (other.Status, other.Length, other.Text, other.Id);

    public override int GetHashCode() => HashCode.Combine(Status, Length, Text, Id);

    /// <summary>Roughly: what kind of header.</summary>
    public string Describe() => string.Create(CultureInfo.InvariantCulture,
        $"{Status}/{_header?.Version}/{_header?.IsLocal}/{_header?.Source?.AddressFamily}/{_header?.Destination?.AddressFamily}/{_header?.Authority?.Length > 0}/{_header?.ApplicationProtocol?.Length > 0}/{Id.Length > 0}/{int.Log2(Length + 1)}");
}
