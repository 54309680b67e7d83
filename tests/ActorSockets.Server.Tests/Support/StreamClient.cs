using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;

namespace ActorSockets.Server.Tests.Support;

/// <summary>A TCP client whose every step has a deadline.</summary>
internal sealed class StreamClient : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };

    /// <summary>The client's own.</summary>
    public int Port => ((IPEndPoint)_socket.LocalEndPoint!).Port;

    public static async Task<StreamClient> ConnectAsync(int port)
    {
        var client = new StreamClient();
        await client._socket.ConnectAsync(IPAddress.Loopback, port).WaitAsync(Deadline.Long);
        return client;
    }

    /// <summary>Sends, finishes sending, and reads to the end.</summary>
    public static async Task<byte[]> ExchangeAsync(int port, byte[] data)
    {
        using var client = await ConnectAsync(port);
        var answer = client.ReadToEndAsync();
        await client.SendAsync(data);
        client.FinishSending();
        return await answer;
    }

    public static async Task<string> ExchangeAsync(int port, string text) =>
        Encoding.UTF8.GetString(await ExchangeAsync(port, Encoding.UTF8.GetBytes(text)));

    /// <summary>The same where the server may cut the connection.</summary>
    public static async Task ExchangeIgnoringResetAsync(int port, string text)
    {
        try
        {
            await ExchangeAsync(port, text);
        }
        catch (SocketException)
        {
            // A cut is what was to be expected.
        }
    }

    /// <summary>Whether an echo server serves one more client.</summary>
    public static async Task<bool> IsServedAsync(int port)
    {
        using var client = await ConnectAsync(port);
        return await client.EchoesAsync();
    }

    public static async Task<bool> IsRefusedAsync(int port)
    {
        try
        {
            using var client = await ConnectAsync(port);
            return false;
        }
        catch (SocketException exception)
        {
            // A reset: it was in the kernel's queue while the endpoint was closed.
            Assert.True(exception.SocketErrorCode is SocketError.ConnectionRefused or SocketError.ConnectionReset, exception.Message);
            return exception.SocketErrorCode == SocketError.ConnectionRefused;
        }
    }

    public async Task SendAsync(byte[] data)
    {
        for (var sent = 0; sent < data.Length;)
        {
            sent += await _socket.SendAsync(data.AsMemory(sent)).AsTask().WaitAsync(Deadline.Long);
        }
    }

    /// <summary>Whether what is sent comes back; false where the connection has ended.</summary>
    public async Task<bool> EchoesAsync()
    {
        try
        {
            await SendAsync("a");
            return (await ReadAsync(1)).Length == 1;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    public Task SendAsync(string text) => SendAsync(Encoding.UTF8.GetBytes(text));

    public void FinishSending() => _socket.Shutdown(SocketShutdown.Send);

    public void Reset() => _socket.Close(0);

    /// <summary>Reads so many bytes; fewer at the end of the stream.</summary>
    public async Task<byte[]> ReadAsync(int count)
    {
        var data = new byte[count];
        var length = 0;
        while (length < count && await ReceiveAsync(data.AsMemory(length)) is > 0 and var received)
        {
            length += received;
        }

        return data[..length];
    }

    /// <summary>Reads what is there already.</summary>
    public async Task ReadAvailableAsync()
    {
        var piece = new byte[64 * 1024];
        while (_socket.Available > 0 && await ReceiveAsync(piece) > 0)
        {
            // There may be more.
        }
    }

    /// <summary>Goes on by TLS.</summary>
    public async Task<SslStream> SecureAsync()
    {
        var tls = new SslStream(new NetworkStream(_socket));
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = "localhost", RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is not null }).WaitAsync(Deadline.Long);
        return tls;
    }

    public async Task<string> ReadTextAsync(int count) => Encoding.UTF8.GetString(await ReadAsync(count));

    public async Task<byte[]> ReadToEndAsync()
    {
        using var all = new MemoryStream();
        var piece = new byte[64 * 1024];
        while (await ReceiveAsync(piece) is > 0 and var received)
        {
            all.Write(piece, 0, received);
        }

        return all.ToArray();
    }

    public async Task<string> ReadTextToEndAsync() => Encoding.UTF8.GetString(await ReadToEndAsync());

    public void Dispose() => _socket.Dispose();

    private Task<int> ReceiveAsync(Memory<byte> memory) => _socket.ReceiveAsync(memory).AsTask().WaitAsync(Deadline.Long);
}
