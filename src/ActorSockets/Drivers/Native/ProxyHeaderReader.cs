using System.Buffers;
using System.Net.Sockets;
using ActorSockets.ProxyProtocol;
using ActorSockets.Servers;

namespace ActorSockets.Drivers.Native;

/// <summary>Receives the header of the PROXY protocol, with which each connection of an endpoint begins.</summary>
/// <param name="timeout">How long it may take.</param>
internal sealed class ProxyHeaderReader(TimeSpan timeout) : IDisposable
{
    // Most headers are much shorter than the longest.
    private const int FirstSize = 256;

    // A longer one is none.
    private readonly TimeSpan _timeout = TimerLimit.Cut(timeout);
    private readonly EntrancePlaces _places = new();
    private readonly CancellationTokenSource _stopped = new();

    /// <summary>Waits until one more may be received.</summary>
    /// <exception cref="OperationCanceledException">The endpoint was given up.</exception>
    public Task WhenThereIsRoomAsync() => _places.WhenOneIsFreeAsync(_stopped.Token);

    /// <summary>Receives one.</summary>
    /// <returns>The header, and the channel of what comes after it; null with the reason where there is none, and the socket is closed.</returns>
    public async Task<(ProxyHeader? Header, ByteChannel Others, string? Failure)> ReadAsync(Socket socket, ByteChannel channel)
    {
        await _places.WaitAsync().ConfigureAwait(false);
        using var deadline = new CancellationTokenSource(_timeout, RunningTime.Provider);
        await using var giveUp = _stopped.Token.UnsafeRegister(_ => Reset(), null).ConfigureAwait(false);

        // What waits for the other side ends when the socket is closed.
        await using var end = deadline.Token.UnsafeRegister(_ => Reset(), null).ConfigureAwait(false);
        try
        {
            var (header, rest) = await ReceiveAsync(channel).ConfigureAwait(false);
            return (header, rest.Length == 0 ? channel : new PrefixedChannel(channel, rest), null);
        }
        catch (Exception exception) when (exception is SocketException or IOException or ObjectDisposedException or ProtocolException)
        {
            Reset();
            return (null, channel, _stopped.IsCancellationRequested ? "the endpoint was given up"
                : deadline.IsCancellationRequested ? $"it did not come within {_timeout.TotalSeconds:0.###} s"
                : exception.Message);
        }
        finally
        {
            _places.Release();
        }

        void Reset()
        {
            socket.ResetWhenClosed();
            channel.Dispose();
        }
    }

    // Not of the places: those who are under way still release them.
    public void Dispose() => _stopped.Cancel();

    private static async Task<(ProxyHeader Header, byte[] Others)> ReceiveAsync(ByteChannel channel)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(FirstSize);
        try
        {
            for (var received = 0; ;)
            {
                await channel.WaitToReceiveAsync().ConfigureAwait(false);
                var count = await channel.ReceiveAsync(buffer.AsMemory(received)).ConfigureAwait(false);
                received += count;
                switch (ProxyHeaderParser.Parse(buffer.AsSpan(0, received), out var header, out var length))
                {
                    case OperationStatus.Done:
                        return (header!, buffer[length..received]);
                    case OperationStatus.InvalidData:
                        throw new ProtocolException("what came is no header of the PROXY protocol");
                    case OperationStatus.NeedMoreData when count == 0:
                        throw new ProtocolException("the other side finished sending before it was complete");
                }

                if (received == buffer.Length)
                {
                    buffer = Larger(buffer);
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static byte[] Larger(byte[] buffer)
    {
        var larger = ArrayPool<byte>.Shared.Rent(ProxyHeaderParser.MaxLength);
        buffer.CopyTo(larger, 0);
        ArrayPool<byte>.Shared.Return(buffer);
        return larger;
    }
}
