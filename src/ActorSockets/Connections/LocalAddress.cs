using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace ActorSockets.Connections;

/// <summary>The address of ours that a datagram was sent to, without garbage; the default where the socket has but one, or the kernel does not tell.</summary>
internal readonly record struct LocalAddress
{
    private const int IPv4Size = 4;
    private const int IPv6Size = 16;

    private readonly UInt128 _bytes;

    private LocalAddress(AddressFamily family, ReadOnlySpan<byte> bytes, int networkInterface)
    {
        (Family, Interface) = (family, networkInterface);
        bytes.CopyTo(MemoryMarshal.AsBytes(new Span<UInt128>(ref _bytes)));
    }

    public AddressFamily Family { get; }

    /// <summary>The network interface of a link-local address, which says nothing without; otherwise 0.</summary>
    public int Interface { get; }

    public bool IsKnown => Family != AddressFamily.Unspecified;

    public static LocalAddress OfIPv4(ReadOnlySpan<byte> bytes) => new(AddressFamily.InterNetwork, bytes[..IPv4Size], 0);

    /// <param name="bytes">The address; that of a group is nobody's to answer from.</param>
    /// <param name="networkInterface">Where the datagram came in.</param>
    public static LocalAddress OfIPv6(ReadOnlySpan<byte> bytes, int networkInterface) =>
        bytes[0] == 0xFF ? default : new(AddressFamily.InterNetworkV6, bytes[..IPv6Size], IsLinkLocal(bytes) ? networkInterface : 0);

    public void CopyTo(Span<byte> target) => MemoryMarshal.AsBytes(new ReadOnlySpan<UInt128>(in _bytes))[..Size].CopyTo(target);

    public IPAddress ToIPAddress()
    {
        Span<byte> bytes = stackalloc byte[Size];
        CopyTo(bytes);
        return Family == AddressFamily.InterNetwork ? new IPAddress(bytes) : new IPAddress(bytes, Interface);
    }

    private int Size => Family == AddressFamily.InterNetwork ? IPv4Size : IPv6Size;

    private static bool IsLinkLocal(ReadOnlySpan<byte> bytes) => bytes[0] == 0xFE && (bytes[1] & 0xC0) == 0x80;
}
