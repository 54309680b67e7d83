using System.Buffers;
using System.Net;
using System.Net.Sockets;
using ActorSockets.Connections;
using ActorSockets.Dispatch;

namespace ActorSockets.Drivers.Native;

/// <summary>One connection on a socket of our own.</summary>
/// <remarks>
/// It is not used again for another connection, as its memory for bytes is: to allocate and clear such objects is a hundredth of what a short connection costs, and whoever comes
/// late must not meet the next connection in it.
/// </remarks>
internal sealed partial class SocketTransport : Transport
{
    // Then others get their turn on the thread, and the rest is received on the thread pool.
    private const int MostInOneGo = 4 * FrameSize;

    private readonly Socket _socket;
    private readonly SocketServerOptions _options;
    private readonly InputBuffer _input;
    private readonly SocketSender _sender;
    private ByteChannel _channel;
    private volatile AsyncSignal? _roomMade;
    private ITransportOwner? _owner;
    private int _discarding;
    private int _disposed;
    private volatile bool _closed;
    private volatile bool _aborted;
    private int _halvesDone;

    /// <param name="socket">Connected.</param>
    /// <param name="channel">Its bytes.</param>
    /// <param name="options">The windows and timeouts.</param>
    /// <param name="header">What a proxy says about it.</param>
    public SocketTransport(Socket socket, ByteChannel channel, SocketServerOptions options, ProxyHeader? header = null)
    {
        (_socket, _channel, _options) = (socket, channel, options);
        _tls = channel is TlsChannel { Stream: var secured } ? TlsDetails.Of(secured) : null;
        (LocalEndPoint, RemoteEndPoint, ProxyHeader) = (Plain(socket.LocalEndPoint!), Plain(header?.Source ?? socket.RemoteEndPoint!), header);
        PeerCredentials = UnixCredentials.Of(socket);
        _input = new InputBuffer(options, () => _roomMade?.Set());
        _sender = new SocketSender(socket, _channel, options, this);
    }

    public override EndPoint LocalEndPoint { get; }

    public override EndPoint RemoteEndPoint { get; }

    public override ProxyHeader? ProxyHeader { get; }

    public override PeerCredentials? PeerCredentials { get; }

    public override TlsDetails? Tls => _tls;

    public override InputBuffer Input => _input;

    public override OutputBuffer Output => _sender.Output;

    public override long BytesReceived => _input.BytesReceived;

    public override long BytesSent => _sender.BytesSent;

    public override bool IsClosed => _closed;

    /// <summary>Nothing is received any more, so that the end of sending is the end of the connection.</summary>
    public bool HasReceivedAll => Volatile.Read(ref _halvesDone) == 1;

    private bool IsDiscarding => Volatile.Read(ref _discarding) != 0;

    public override bool IsStalled(long now) => _sender.IsStalled(now);

    public override void Attach(ITransportOwner owner) => _owner = owner;

    public override void Start()
    {
        _sender.Start(_owner!);
        using var _ = ExecutionContext.SuppressFlow();
        ReceiveAllAsync();
    }

    public override void CompleteOutput() => _sender.Finish();

    public override void Close()
    {
        if (StopInput())
        {
            CompleteOutput();
        }
    }

    public override void Abort()
    {
        StopInput();
        _aborted = true;
        _sender.Lose();
        Dispose();
    }

    public override void Refuse(RefusalReason reason)
    {
        _aborted = !reason.IsForWantOfRoom();
        if (_aborted)
        {
            Dispose();
        }
        else
        {
            RefusePolitelyAsync();
        }
    }

    public override void Sweep(long now)
    {
        if (IsDiscarding && !_closed && _sender.FinSentAt is { } since && now - since >= _options.LingerTimeout.TotalMilliseconds)
        {
            Dispose();
        }
    }

    /// <inheritdoc cref="IOutputOwner.ThrowIfClosed"/>
    public void ThrowIfClosed()
    {
        if (_closed || IsDiscarding)
        {
            throw _owner!.CreateClosedException();
        }
    }

    /// <summary>Receives until FIN, or until the socket is lost or given up.</summary>
    private async void ReceiveAllAsync()
    {
        try
        {
            int received;
            long sinceLastWait = 0;
            do
            {
                var waiting = _channel.WaitToReceiveAsync();
                sinceLastWait = waiting.IsCompleted ? sinceLastWait : 0;
                await waiting.ConfigureAwait(false);
                if (sinceLastWait >= MostInOneGo)
                {
                    sinceLastWait = 0;
                    await Task.Yield();
                }

                var memory = _input.GetMemory();
                while (memory.IsEmpty && !_input.Discards)
                {
                    await WaitForRoomAsync().ConfigureAwait(false);
                    memory = _input.GetMemory();
                }

                if (memory.IsEmpty)
                {
                    received = await DiscardSomeAsync().ConfigureAwait(false);
                }
                else
                {
                    received = await _channel.ReceiveAsync(memory).ConfigureAwait(false);
                    if (!Received(received) && _input.IsHeld)
                    {
                        ObjectDisposedException.ThrowIf(!await _upgrade!.HandOverAsync(memory[..received]).ConfigureAwait(false), this);
                    }
                }

                sinceLastWait += received;
            }
            while (received > 0);

            _owner!.PeerCompleted();
        }
        catch (Exception exception) when (exception is SocketException or IOException)
        {
            OnFailed(exception);
        }
        catch (ObjectDisposedException)
        {
            // It was closed on our side.
        }
        catch (Exception exception)
        {
            // An error of ours in the background costs this connection and nothing else.
            _owner!.TransportFaulted(exception);
        }

        _upgrade?.End();
        OnHalfDone();
    }

    /// <summary>Few connections ever wait: it is looked again once there is something to wait by.</summary>
    private ValueTask WaitForRoomAsync()
    {
        if (_roomMade is { } roomMade)
        {
            return roomMade.WaitAsync();
        }

        _roomMade = new AsyncSignal(continuesElsewhere: true);
        return ValueTask.CompletedTask;
    }

    /// <returns>False when the bytes were not taken.</returns>
    private bool Received(int count)
    {
        if (!_input.Filled(count))
        {
            return false;
        }

        if (count == 0)
        {
            return true;
        }

        if (_options.UsesEventLoop)
        {
            Turn.Run(_owner!, static owner => owner.InputReady());
        }
        else
        {
            _owner!.InputReady();
        }

        return true;
    }

    private async ValueTask<int> DiscardSomeAsync()
    {
        var buffer = ArrayPool<byte>.Shared.Rent(FrameSize);
        try
        {
            return await _channel.ReceiveAsync(buffer).ConfigureAwait(false);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>One of receiving and sending has come to its end; when both have, the connection has.</summary>
    public void OnHalfDone()
    {
        if (Interlocked.Increment(ref _halvesDone) == 2)
        {
            Dispose();
            _closed = true;
            _owner!.TransportClosed();
        }
    }

    /// <summary>Sending or receiving has failed.</summary>
    public void OnFailed(Exception exception)
    {
        if (Volatile.Read(ref _disposed) != 0)
        {
            return;
        }

        _owner!.TransportEnding(SocketErrors.Classify((exception.GetBaseException() as SocketException)?.SocketErrorCode));
        StopInput();
        _sender.Lose();
        Dispose();
    }

    /// <summary>From now on what arrives is thrown away, and reads fail; false when that was so already.</summary>
    private bool StopInput()
    {
        if (Interlocked.Exchange(ref _discarding, 1) != 0)
        {
            return false;
        }

        _input.End(_owner);
        return true;
    }

    private async void RefusePolitelyAsync()
    {
        try
        {
            if (_channel is TlsChannel)
            {
                // Without it, the end of the stream looks like an attack.
                await _channel.CompleteAsync(closes: true).ConfigureAwait(false);
            }
        }
        catch (Exception)
        {
            // Whatever it is that OpenSSL does not like about it: it is refused all the same.
        }
        finally
        {
            DiscardInput();
            Dispose();
        }
    }

    /// <summary>What the other side has said already would turn the end of the stream into a reset.</summary>
    private void DiscardInput()
    {
        try
        {
            _socket.Shutdown(SocketShutdown.Send);
            Span<byte> buffer = stackalloc byte[4096];
            for (var left = FrameSize; left > 0 && _socket.Available > 0;)
            {
                left -= _socket.Receive(buffer);
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // It has gone by itself, or whoever gave it to us has disposed of it.
        }
    }

    private void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        if (_aborted)
        {
            _socket.ResetWhenClosed();
        }

        _sender.LookNoMore();
        _channel.Dispose();
        EndLease();
    }
}
