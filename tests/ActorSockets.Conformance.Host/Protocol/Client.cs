using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;

namespace ActorSockets.Conformance.Host.Protocol;

/// <summary>A client of our own, for servers that nobody else is told of.</summary>
internal static class Client
{
    /// <summary>Connects, and waits for the end of what the server sends.</summary>
    /// <param name="server">Where it listens.</param>
    /// <param name="certificate">The file of the server's certificate, where it has one.</param>
    public static async Task BeServedAsync(Endpoint server, string? certificate)
    {
        EndPoint address = server.Path.Length > 0
            ? new UnixDomainSocketEndPoint(server.Path.StartsWith('@') ? $"\0{server.Path[1..]}" : server.Path)
            : new IPEndPoint(IPAddress.Parse(server.Host), server.Port);
        using var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(address);
        await using Stream plain = new NetworkStream(socket);
        await using var stream = certificate is not null ? await SecureAsync(plain, certificate) : plain;
        await stream.CopyToAsync(Stream.Null);
    }

    private static async Task<Stream> SecureAsync(Stream plain, string certificate)
    {
        var trust = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        trust.CustomTrustStore.ImportFromPemFile(certificate);
        var secured = new SslStream(plain);
        await secured.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            CertificateChainPolicy = trust,
            TargetHost = "localhost",
        });
        return secured;
    }
}
