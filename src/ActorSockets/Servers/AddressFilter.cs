using System.Net;
using System.Net.Sockets;

namespace ActorSockets.Servers;

/// <summary>Whom lists of networks let in.</summary>
/// <param name="allow">Those who are in one of these, or all where there are none.</param>
/// <param name="deny">But not those who are in one of these.</param>
internal sealed class AddressFilter(IEnumerable<string> allow, IEnumerable<string> deny)
{
    private readonly IPNetwork[] _allowed = [.. allow.Select(Parse)];
    private readonly IPNetwork[] _denied = [.. deny.Select(Parse)];

    /// <summary>Whether they let in who is at this address; a Unix socket has none, and is let in.</summary>
    /// <param name="remote">Not an IPv4 address in IPv6's clothes.</param>
    public bool LetsIn(EndPoint remote) => remote is not IPEndPoint { Address: var address } || LetsIn(address);

    /// <summary>Reads a network, or one address.</summary>
    /// <exception cref="FormatException">It is neither; the message says why.</exception>
    public static IPNetwork Parse(string text)
    {
        if (IPAddress.TryParse(text, out var address))
        {
            return Checked(text, new IPNetwork(address, address.AddressFamily == AddressFamily.InterNetwork ? 32 : 128));
        }

        if (text.Split('/') is not [var first, var length] || !IPAddress.TryParse(first, out var start) || !int.TryParse(length, out var bits))
        {
            throw new FormatException($"'{text}' is not a network, as in 10.0.0.0/8, 2001:db8::/32 or ::1");
        }

        return IPNetwork.TryParse(text, out var network) && network.BaseAddress.Equals(start)
            ? Checked(text, network)
            : throw new FormatException($"'{text}' is not a network: {start} has bits behind the first {bits}, or not so many");
    }

    private static IPNetwork Checked(string text, IPNetwork network) => network.BaseAddress.IsIPv4MappedToIPv6
        ? throw new FormatException($"'{text}' is IPv4 in IPv6's clothes; write it as {network.BaseAddress.MapToIPv4()}")
        : network;

    private bool LetsIn(IPAddress address)
    {
        return !Contains(_denied) && (_allowed.Length == 0 || Contains(_allowed));

        bool Contains(IPNetwork[] networks)
        {
            foreach (var network in networks)
            {
                if (network.Contains(address))
                {
                    return true;
                }
            }

            return false;
        }
    }
}
