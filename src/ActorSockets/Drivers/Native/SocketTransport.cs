using System.Buffers;
using System.Net;
using System.Net.Sockets;
using ActorSockets.Connections;
using ActorSockets.Dispatch;

namespace ActorSockets.Drivers.Native;

/// <summary>One connection on a socket of our own.</summary>
internal sealed class SocketTransport : Transport
{
    // Then others get their turn on the thread, and the rest is received on the thread pool.
    private const int MostInOneGo = 4 * FrameSize;

    private readonly Socket _socket;
    private readonly ByteChannel _channel;
    private readonly SocketServerOptions _options;
    private readonly InputBuffer _input;
    private readonly AsyncSignal _roomMade = new(continuesElsewhere: true);
    private readonly SocketSender _sender;
    private readonly Lock _gate = new();
    private ITransportOwner? _owner;
    private bool _discarding;
    private bool _disposed;
    private volatile bool _closed;
    private bool _aborted;
    private int _halvesDone;

    /// <param name="socket">Connected.</param>
    /// <param name="channel">Its bytes.</param>
    /// <param name="options">The windows and timeouts.</param>
    public SocketTransport(Socket socket, ByteChannel channel, SocketServerOptions options)
    {
        (_socket, _channel, _options) = (socket, channel, options);
        Tls = channel is TlsChannel { Stream: var secured } ? TlsDetails.Of(secured) : null;
        (LocalEndPoint, RemoteEndPoint) = (Plain(socket.LocalEndPoint!), Plain(socket.RemoteEndPoint!));
        PeerCredentials = UnixCredentials.Of(socket);
        _input = new InputBuffer(options, _roomMade.Set);
        _sender = new SocketSender(socket, _channel, options, ThrowIfClosed, OnFailed, () => Volatile.Read(ref _halvesDone) == 1, OnHalfDone);
    }

    public override EndPoint LocalEndPoint { get; }

    public override EndPoint RemoteEndPoint { get; }

    public override PeerCredentials? PeerCredentials { get; }

    public override TlsDetails? Tls { get; }

    public override InputBuffer Input => _input;

    public override OutputBuffer Output => _sender.Output;

    public override long BytesReceived => _input.BytesReceived;

    public override long BytesSent => _sender.BytesSent;

    public override bool IsClosed => _closed;

    public override bool IsStalled(long now) => _sender.IsStalled(now);

    public override void Attach(ITransportOwner owner) => _owner = owner;

    public override void Start()
    {
        _sender.Start(_owner!);
        using var _ = ExecutionContext.SuppressFlow();
        Observe(ReceiveAllAsync());
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
        lock (_gate)
        {
            _aborted = true;
        }

        _sender.Lose();
        Dispose();
    }

    public override void Refuse(RefusalReason reason)
    {
        _aborted = reason != RefusalReason.ServerFull;
        if (!_aborted)
        {
            DiscardInput();
        }

        Dispose();
    }

    public override void Sweep(long now)
    {
        if (Volatile.Read(ref _discarding) && !_closed && _sender.FinSentAt is { } since && now - since >= _options.LingerTimeout.TotalMilliseconds)
        {
            Dispose();
        }
    }

    private void ThrowIfClosed()
    {
        if (_closed || Volatile.Read(ref _discarding))
        {
            throw _owner!.CreateClosedException();
        }
    }

    private async void Observe(Task work)
    {
        try
        {
            await work.ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            // An error of ours in the background costs this connection and nothing else.
            _owner!.TransportFaulted(exception);
        }
    }

    /// <summary>Receives until FIN, or until the socket is lost or given up.</summary>
    private async Task ReceiveAllAsync()
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
                    await _roomMade.WaitAsync().ConfigureAwait(false);
                    memory = _input.GetMemory();
                }

                if (memory.IsEmpty)
                {
                    received = await DiscardSomeAsync().ConfigureAwait(false);
                }
                else
                {
                    received = await _channel.ReceiveAsync(memory).ConfigureAwait(false);
                    Received(received);
                }

                sinceLastWait += received;
            }
            while (received > 0);

            _input.End();
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
        finally
        {
            OnHalfDone();
        }
    }

    private void Received(int count)
    {
        if (!_input.Filled(count) || count == 0)
        {
            return;
        }

        if (_options.UsesEventLoop)
        {
            Turn.Run(_owner!, static owner => owner.InputReady());
        }
        else
        {
            _owner!.InputReady();
        }
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
    private void OnHalfDone()
    {
        if (Interlocked.Increment(ref _halvesDone) == 2)
        {
            Dispose();
            _closed = true;
            _owner!.TransportClosed();
        }
    }

    private void OnFailed(Exception exception)
    {
        lock (_gate)
        {
            if (_disposed)
            {
                return;
            }
        }

        _owner!.TransportEnding(exception.GetBaseException() is SocketException { SocketErrorCode: SocketError.ConnectionReset or SocketError.Shutdown or SocketError.ConnectionAborted }
            ? CloseReason.PeerReset
            : CloseReason.TransportFailed);
        StopInput();
        _sender.Lose();
        Dispose();
    }

    /// <summary>From now on what arrives is thrown away, and reads fail; false when that was so already.</summary>
    private bool StopInput()
    {
        lock (_gate)
        {
            if (_discarding)
            {
                return false;
            }

            Volatile.Write(ref _discarding, true);
        }

        _input.End(_owner!.CreateClosedException());
        return true;
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
        lock (_gate)
        {
            if (_disposed)
            {
                return;
            }

            _disposed = true;
        }

        if (_aborted)
        {
            _socket.ResetWhenClosed();
        }

        _channel.Dispose();
    }
}
