using System.Net;
using System.Net.Sockets;
using System.Text;

namespace ActorSockets.Hosting.Tests.Support;

/// <summary>A plain client of a stream endpoint.</summary>
internal sealed class Client : IDisposable
{
    private readonly TcpClient _client = new() { NoDelay = true };

    public static async Task<Client> ConnectAsync(SocketServer server)
    {
        var client = new Client();
        await client._client.ConnectAsync(IPAddress.Loopback, server.Endpoints[0].Port).WaitAsync(Deadline.Length);
        return client;
    }

    /// <summary>What a datagram endpoint answers to one datagram.</summary>
    public static async Task<string> ExchangeDatagramAsync(SocketServer server, string text)
    {
        using var client = new UdpClient();
        client.Connect(IPAddress.Loopback, server.Endpoints[0].Port);
        await client.SendAsync(Encoding.UTF8.GetBytes(text));
        return Encoding.UTF8.GetString((await client.ReceiveAsync().WaitAsync(Deadline.Length)).Buffer);
    }

    public static bool IsRefused(int port)
    {
        using var client = new TcpClient();
        try
        {
            client.Connect(IPAddress.Loopback, port);
            return false;
        }
        catch (SocketException exception)
        {
            return exception.SocketErrorCode == SocketError.ConnectionRefused;
        }
    }

    public Task SendAsync(string text) => _client.GetStream().WriteAsync(Encoding.UTF8.GetBytes(text)).AsTask().WaitAsync(Deadline.Length);

    /// <summary>Reads exactly as much as is expected, and says what came instead.</summary>
    public async Task ExpectAsync(string expected)
    {
        var buffer = new byte[Encoding.UTF8.GetByteCount(expected)];
        var read = await _client.GetStream().ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false).AsTask().WaitAsync(Deadline.Length);
        Assert.Equal(expected, Encoding.UTF8.GetString(buffer, 0, read));
    }

    public async Task<string> ReadToEndAsync()
    {
        using var reader = new StreamReader(_client.GetStream());
        return await reader.ReadToEndAsync().WaitAsync(Deadline.Length);
    }

    public void Dispose() => _client.Dispose();
}
