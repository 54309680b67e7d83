using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using ActorSockets.Server.Tests.Support;

namespace ActorSockets.Server.Tests.Faults;

/// <summary>A client of an echo server that numbers its frames and looks at each that comes back.</summary>
internal sealed class FrameClient : IDisposable
{
    private readonly Stream _stream;

    private FrameClient(Stream stream) => _stream = stream;

    /// <summary>How many frames have come back whole, the first first, none left out.</summary>
    public int Returned { get; private set; }

    public static Task<FrameClient> ConnectAsync(int port) => ConnectAsync(new IPEndPoint(IPAddress.Loopback, port));

    /// <exception cref="SocketException">Nobody listens, or no more.</exception>
    public static async Task<FrameClient> ConnectAsync(EndPoint endpoint)
    {
        var socket = new Socket(endpoint.AddressFamily, SocketType.Stream, endpoint is IPEndPoint ? ProtocolType.Tcp : ProtocolType.Unspecified);
        try
        {
            if (endpoint is IPEndPoint)
            {
                socket.NoDelay = true;
            }

            await socket.ConnectAsync(endpoint).WaitAsync(Deadline.Long);
            return new FrameClient(new NetworkStream(socket, ownsSocket: true));
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    public static async Task<FrameClient> ConnectByTlsAsync(int port)
    {
        var plain = await ConnectAsync(port);
        var tls = new SslStream(plain._stream);
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = "localhost", RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is not null }).WaitAsync(Deadline.Long);
        return new FrameClient(tls);
    }

    /// <summary>Sends one frame and waits for it.</summary>
    /// <returns>False where the stream ended instead.</returns>
    /// <exception cref="IOException">The connection was reset.</exception>
    /// <exception cref="TimeoutException">Nothing came.</exception>
    public async Task<bool> ExchangeAsync(int length = 10)
    {
        await _stream.WriteAsync(NumberedFrame.Create(Returned + 1, length)).AsTask().WaitAsync(Deadline.Long);
        return await ReturnsAsync();
    }

    /// <summary>Sends frames of such lengths one after the other while it reads those that come back.</summary>
    /// <returns>False where the connection ended before the last.</returns>
    public async Task<bool> ExchangeAllAsync(IReadOnlyList<int> lengths)
    {
        var first = Returned + 1;
        var sending = Task.Run(async () =>
        {
            for (var index = 0; index < lengths.Count; index++)
            {
                await _stream.WriteAsync(NumberedFrame.Create(first + index, lengths[index]));
            }
        });
        try
        {
            while (Returned < first + lengths.Count - 1)
            {
                if (!await ReturnsAsync())
                {
                    return false;
                }
            }

            await sending.WaitAsync(Deadline.Long);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
        finally
        {
            if (!sending.IsCompletedSuccessfully)
            {
                // Nobody takes the rest.
                Dispose();
                await sending.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <summary>Waits for the end of the stream or a reset.</summary>
    /// <returns>True where nothing more came before.</returns>
    public async Task<bool> EndsAsync()
    {
        try
        {
            return !await ReturnsAsync();
        }
        catch (IOException)
        {
            return true;
        }
    }

    public void Dispose() => _stream.Dispose();

    private async Task<bool> ReturnsAsync()
    {
        using var deadline = new CancellationTokenSource(Deadline.Long);
        try
        {
            var isThere = await NumberedFrame.TryReadAsync(_stream, Returned + 1, deadline.Token);
            Returned += isThere ? 1 : 0;
            return isThere;
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"frame {Returned + 1} did not come back within {Deadline.Long}");
        }
    }
}
