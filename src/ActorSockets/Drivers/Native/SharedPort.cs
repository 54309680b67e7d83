using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace ActorSockets.Drivers.Native;

/// <summary>Lets several sockets have one port (Linux: <c>SO_REUSEPORT</c>). .NET's own ReuseAddress is another thing on each system.</summary>
internal static class SharedPort
{
    private const int OptionLevel = 1;
    private const int OptionName = 15;

    /// <summary>Others that say this as well, of the same user, may be bound where this one is.</summary>
    public static void SharePort(this Socket socket) =>
        socket.SetRawSocketOption(OptionLevel, OptionName, MemoryMarshal.AsBytes([1]));
}
