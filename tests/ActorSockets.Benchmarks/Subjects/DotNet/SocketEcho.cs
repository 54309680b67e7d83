using System.Net;
using System.Net.Sockets;

namespace ActorSockets.Benchmarks.Subjects.DotNet;

/// <summary>A loop on <see cref="Socket"/> per connection, as .NET programs without a framework have it.</summary>
internal static class SocketEcho
{
    private const int BufferSize = 64 * 1024;

    public static Task<int> StartAsync(ServeArguments arguments) => Task.FromResult(arguments.Scheme switch
    {
        "udp" => ServeDatagrams(),
        "unix" => ServeStreams(new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified), new UnixDomainSocketEndPoint(arguments.Path)),
        _ => ServeStreams(new Socket(SocketType.Stream, ProtocolType.Tcp), new IPEndPoint(IPAddress.Loopback, 0)),
    });

    private static int ServeStreams(Socket listener, EndPoint endpoint)
    {
        listener.Bind(endpoint);
        listener.Listen(4096);
        _ = AcceptAsync(listener);
        return (listener.LocalEndPoint as IPEndPoint)?.Port ?? 0;
    }

    private static async Task AcceptAsync(Socket listener)
    {
        while (true)
        {
            _ = EchoAsync(await listener.AcceptAsync());
        }
    }

    private static async Task EchoAsync(Socket client)
    {
        using (client)
        {
            if (client.ProtocolType == ProtocolType.Tcp)
            {
                client.NoDelay = true;
            }

            var buffer = new byte[4096];
            try
            {
                while (await client.ReceiveAsync(buffer) is var received and > 0)
                {
                    await client.SendAsync(buffer.AsMemory(0, received));
                    if (received == buffer.Length && received < BufferSize)
                    {
                        // Whoever fills the buffer is given a larger one.
                        buffer = new byte[2 * received];
                    }
                }
            }
            catch (SocketException)
            {
                // The client is gone.
            }
        }
    }

    private static int ServeDatagrams()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _ = EchoDatagramsAsync(socket);
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    private static async Task EchoDatagramsAsync(Socket socket)
    {
        var buffer = new byte[BufferSize];
        var peer = new SocketAddress(AddressFamily.InterNetwork);
        while (true)
        {
            var received = await socket.ReceiveFromAsync(buffer, SocketFlags.None, peer);
            await socket.SendToAsync(buffer.AsMemory(0, received), SocketFlags.None, peer);
        }
    }
}
