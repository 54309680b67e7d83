using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using ActorSockets.Drivers;

namespace ActorSockets.Connections;

/// <summary>
/// Datagrams along with the address of ours that they were sent to, and that their replies come from (Linux: <c>IP_PKTINFO</c>,
/// <c>IPV6_PKTINFO</c>). .NET tells it at the price of garbage, and cannot say it at all.
/// </summary>
internal static unsafe partial class PacketInformation
{
    private const int LevelIPv4 = 0;
    private const int LevelIPv6 = 41;
    private const int TypeIPv4 = 8;
    private const int TypeIPv6 = 50;

    /// <summary>Room for both of them, and for something that a hook may have switched on.</summary>
    public const int LongestControl = 256;

    private static int HeaderSize => nint.Size + sizeof(int) + sizeof(int);

    /// <summary>Has the kernel tell it, where there is more than one; false where there is not, or it cannot.</summary>
    public static bool TryEnable(Socket socket)
    {
        if (!OperatingSystem.IsLinux() || socket.LocalEndPoint is not IPEndPoint { Address: var address } || !(address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any)))
        {
            return false;
        }

        if (socket.AddressFamily == AddressFamily.InterNetworkV6)
        {
            socket.SetSocketOption(SocketOptionLevel.IPv6, SocketOptionName.PacketInformation, true);
        }

        if (socket.AddressFamily == AddressFamily.InterNetwork || socket.DualMode)
        {
            socket.SetSocketOption(SocketOptionLevel.IP, SocketOptionName.PacketInformation, true);
        }

        return true;
    }

    /// <summary>Sends one datagram from an address of ours, if the kernel takes it at once. Linux only.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="data">The bytes.</param>
    /// <param name="remote">Whom to.</param>
    /// <param name="from">The address; unknown: the socket's own.</param>
    /// <returns>Why it could not be sent; null: it was.</returns>
    public static string? Send(Socket socket, ReadOnlySpan<byte> data, SocketAddress remote, LocalAddress from)
    {
        if (!from.IsKnown)
        {
            return Told(SendTo(socket.SafeHandle, data, (nuint)data.Length, MessageFlags.DoNotWait, remote.Buffer.Span, remote.Size));
        }

        Span<byte> control = stackalloc byte[LongestControl];
        control.Clear();
        var length = Write(from, control);
        fixed (byte* start = data, name = remote.Buffer.Span, controlStart = control)
        {
            var vector = new MessageVector { Start = start, Length = data.Length };
            var message = new MessageHeader
            {
                Name = name,
                NameLength = remote.Size,
                Vectors = &vector,
                VectorCount = 1,
                Control = controlStart,
                ControlLength = length,
            };
            return Told(SendMessage(socket.SafeHandle, &message, MessageFlags.DoNotWait));
        }
    }

    /// <summary>Where a datagram was sent to.</summary>
    /// <param name="control">What came along with it.</param>
    public static LocalAddress Read(ReadOnlySpan<byte> control)
    {
        var found = default(LocalAddress);
        while (control.Length >= HeaderSize)
        {
            var length = (int)MemoryMarshal.Read<nint>(control);
            var data = control[HeaderSize..length];
            switch (MemoryMarshal.Read<int>(control[nint.Size..]), MemoryMarshal.Read<int>(control[(nint.Size + sizeof(int))..]))
            {
                case (LevelIPv4, TypeIPv4):
                    // Behind the interface: our address even where the datagram was sent to a group or to everybody.
                    return LocalAddress.OfIPv4(data[sizeof(int)..]);
                case (LevelIPv6, TypeIPv6):
                    found = LocalAddress.OfIPv6(data, MemoryMarshal.Read<int>(data[16..]));
                    break;
            }

            control = control[Math.Min(Aligned(length), control.Length)..];
        }

        return found;
    }

    private static string? Told(nint sent) => sent >= 0 ? null : Marshal.GetLastPInvokeErrorMessage();

    /// <returns>How long it has become.</returns>
    private static int Write(LocalAddress from, Span<byte> control)
    {
        var isIPv4 = from.Family == AddressFamily.InterNetwork;
        var data = control[HeaderSize..];
        from.CopyTo(isIPv4 ? data[sizeof(int)..] : data);
        if (!isIPv4)
        {
            MemoryMarshal.Write(data[16..], from.Interface);
        }

        var length = HeaderSize + (isIPv4 ? 12 : 20);
        MemoryMarshal.Write(control, (nint)length);
        MemoryMarshal.Write(control[nint.Size..], isIPv4 ? LevelIPv4 : LevelIPv6);
        MemoryMarshal.Write(control[(nint.Size + sizeof(int))..], isIPv4 ? TypeIPv4 : TypeIPv6);
        return Aligned(length);
    }

    private static int Aligned(int length) => (length + nint.Size - 1) & -nint.Size;

    [LibraryImport("libc", EntryPoint = "sendto", SetLastError = true)]
    private static partial nint SendTo(SafeSocketHandle socket, ReadOnlySpan<byte> data, nuint length, int flags, ReadOnlySpan<byte> remote, int remoteLength);

    [LibraryImport("libc", EntryPoint = "sendmsg", SetLastError = true)]
    private static partial nint SendMessage(SafeSocketHandle socket, MessageHeader* message, int flags);
}
