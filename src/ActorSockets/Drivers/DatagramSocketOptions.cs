using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;

namespace ActorSockets.Drivers;

/// <summary>What a server's options say about the sockets of its <c>udp:</c> endpoints: broadcast and multicast.</summary>
internal static class DatagramSocketOptions
{
    private const string Multicast = "datagram.multicast";

    /// <summary>Sets them, and joins the groups.</summary>
    /// <param name="socket">The socket, not yet bound, or inherited.</param>
    /// <param name="address">Where it is or will be bound.</param>
    /// <param name="options">The server's.</param>
    /// <exception cref="IOException">A group cannot be joined; the message names the key.</exception>
    public static void Apply(Socket socket, IPAddress address, SocketServerOptions options)
    {
        socket.EnableBroadcast = options.Broadcast;
        var networkInterface = options.MulticastInterface.Length > 0 ? IndexOf(options.MulticastInterface) : 0;
        if (ServesIPv4(socket))
        {
            SetMulticast(socket, SocketOptionLevel.IP, IPAddress.HostToNetworkOrder(networkInterface), options);
        }

        if (address.AddressFamily == AddressFamily.InterNetworkV6)
        {
            SetMulticast(socket, SocketOptionLevel.IPv6, networkInterface, options);
        }

        foreach (var group in options.MulticastGroups.Select(IPAddress.Parse))
        {
            Join(socket, address, group, networkInterface);
        }
    }

    private static bool ServesIPv4(Socket socket) => socket.AddressFamily == AddressFamily.InterNetwork || socket.DualMode;

    private static int IndexOf(string name)
    {
        var found = NetworkInterface.GetAllNetworkInterfaces().FirstOrDefault(candidate => candidate.Name == name)
            ?? throw new IOException($"{Multicast}.interface = {name}: there is no network interface of this name");
        var properties = found.GetIPProperties();
        return found.Supports(NetworkInterfaceComponent.IPv4) ? properties.GetIPv4Properties().Index : properties.GetIPv6Properties().Index;
    }

    private static void SetMulticast(Socket socket, SocketOptionLevel level, int networkInterface, SocketServerOptions options)
    {
        socket.SetSocketOption(level, SocketOptionName.MulticastTimeToLive, options.MulticastTtl);
        socket.SetSocketOption(level, SocketOptionName.MulticastLoopback, options.MulticastLoopback);
        if (networkInterface != 0)
        {
            socket.SetSocketOption(level, SocketOptionName.MulticastInterface, networkInterface);
        }
    }

    private static void Join(Socket socket, IPAddress address, IPAddress group, int networkInterface)
    {
        var isAll = address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any);
        var isServed = group.AddressFamily == address.AddressFamily || (group.AddressFamily == AddressFamily.InterNetwork && ServesIPv4(socket));

        // Windows alone gives a socket that is bound to an address of the machine what is sent to a group.
        if (!isServed || !(isAll || address.Equals(group) || OperatingSystem.IsWindows()))
        {
            throw new IOException($"{Multicast}.groups: what is sent to {group} does not arrive at {address}; listen on [::], on 0.0.0.0 for IPv4 alone, or on the group itself");
        }

        try
        {
            if (group.AddressFamily == AddressFamily.InterNetwork)
            {
                socket.SetSocketOption(SocketOptionLevel.IP, SocketOptionName.AddMembership, new MulticastOption(group, networkInterface));
            }
            else
            {
                socket.SetSocketOption(SocketOptionLevel.IPv6, SocketOptionName.AddMembership, new IPv6MulticastOption(group, networkInterface));
            }
        }
        catch (SocketException exception)
        {
            throw new IOException($"{Multicast}.groups: {group} cannot be joined: {exception.Message}", exception);
        }
    }
}
