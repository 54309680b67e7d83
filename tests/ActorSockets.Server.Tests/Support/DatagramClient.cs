using System.Net;
using System.Net.Sockets;
using System.Text;

namespace ActorSockets.Server.Tests.Support;

/// <summary>A UDP client, one peer of the server.</summary>
internal sealed class DatagramClient : IDisposable
{
    private readonly UdpClient _client = new(AddressFamily.InterNetwork);

    public DatagramClient(int port) => _client.Connect(IPAddress.Loopback, port);

    public bool HasReceived => _client.Available > 0;

    public Task SendAsync(byte[] data) => _client.SendAsync(data, data.Length);

    public Task SendAsync(string text) => SendAsync(Encoding.UTF8.GetBytes(text));

    public async Task<byte[]> ReceiveAsync() => (await _client.ReceiveAsync().WaitAsync(Deadline.Long)).Buffer;

    public async Task<string> ExchangeAsync(string text)
    {
        await SendAsync(text);
        return Encoding.UTF8.GetString(await ReceiveAsync());
    }

    public async Task<byte[]> ExchangeAsync(byte[] data)
    {
        await SendAsync(data);
        return await ReceiveAsync();
    }

    public void Dispose() => _client.Dispose();
}
