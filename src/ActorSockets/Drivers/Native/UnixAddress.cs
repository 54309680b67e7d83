using System.Net;
using System.Net.Sockets;

namespace ActorSockets.Drivers.Native;

/// <summary>
/// The address of a Unix socket. Not <see cref="UnixDomainSocketEndPoint"/> itself: a socket that is bound to one removes the file of that
/// name when it is disposed of, whoever's it is by then.
/// </summary>
internal sealed class UnixAddress(string path) : EndPoint
{
    private readonly UnixDomainSocketEndPoint _address = new(path.StartsWith('@') ? $"\0{path[1..]}" : path);

    public override AddressFamily AddressFamily => AddressFamily.Unix;

    public override SocketAddress Serialize() => _address.Serialize();

    public override EndPoint Create(SocketAddress socketAddress) => _address.Create(socketAddress);

    public override bool Equals(object? obj) => obj is UnixAddress other && other._address.Equals(_address);

    public override int GetHashCode() => _address.GetHashCode();

    public override string ToString() => path;
}
