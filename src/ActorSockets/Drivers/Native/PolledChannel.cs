using System.Net.Sockets;
using System.Runtime.InteropServices;
using ActorSockets.Connections;

namespace ActorSockets.Drivers.Native;

/// <summary>A socket's bytes as they are, on a <see cref="PollLoop"/>: what becomes possible is gone on with on the loop's thread.</summary>
internal sealed partial class PolledChannel : ByteChannel, IPolled
{
    private readonly AsyncSignal _readable = new(continuesElsewhere: false);
    private readonly Socket _socket;
    private readonly SafeSocketHandle _handle;
    private readonly PollLoop _loop;
    private readonly int _key;
    private readonly bool _isUnix;
    private volatile AsyncSignal? _writable;
    private volatile bool _ended;

    // A receive ends at it, though there is more behind.
    private volatile bool _hasUrgentData;
    private bool _mayHaveMore;
    private int _disposed;

    /// <param name="socket">Connected.</param>
    /// <exception cref="IOException">The machine is short of descriptors.</exception>
    public PolledChannel(Socket socket)
    {
        (_socket, _handle) = (socket, socket.SafeHandle);
        _isUnix = socket.AddressFamily == AddressFamily.Unix;
        _loop = PollLoop.Next();
        _key = _loop.Add(_handle, this);
    }

    public override ValueTask WaitToReceiveAsync() => _mayHaveMore || _ended || (_hasUrgentData && HasMore()) ? ValueTask.CompletedTask : _readable.WaitAsync();

    public override ValueTask<int> ReceiveAsync(Memory<byte> buffer) =>
        TryReceive(buffer.Span) is >= 0 and var received ? ValueTask.FromResult(received) : ReceiveLaterAsync(buffer);

    public override ValueTask<int> SendAsync(ReadOnlyMemory<byte> bytes) =>
        TrySend(bytes.Span) is >= 0 and var sent ? ValueTask.FromResult(sent) : SendLaterAsync(bytes);

    public override ValueTask CompleteAsync(bool closes)
    {
        if (!closes)
        {
            _socket.Shutdown(SocketShutdown.Send);
        }

        return ValueTask.CompletedTask;
    }

    public override void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            // First the socket: whoever has its key next is told nothing of it.
            _socket.Dispose();
            _loop.Remove(_key);

            // Who waits finds it closed.
            _readable.Set();
            _writable?.Set();
        }
    }

    void IPolled.OnEvents(uint events)
    {
        if ((events & Epoll.Readable) != 0)
        {
            if ((events & Epoll.Ended) != 0)
            {
                _ended = true;
            }

            if ((events & Epoll.Urgent) != 0)
            {
                _hasUrgentData = true;
            }

            _readable.Set();
        }

        if ((events & Epoll.Writable) != 0)
        {
            _writable?.Set();
        }
    }

    private async ValueTask<int> ReceiveLaterAsync(Memory<byte> buffer)
    {
        while (true)
        {
            await _readable.WaitAsync().ConfigureAwait(false);
            if (TryReceive(buffer.Span) is >= 0 and var received)
            {
                return received;
            }
        }
    }

    private async ValueTask<int> SendLaterAsync(ReadOnlyMemory<byte> bytes)
    {
        if (_writable is null)
        {
            _writable = new AsyncSignal(continuesElsewhere: false);
            _loop.AddWritable(_handle, _key);
        }

        while (true)
        {
            await _writable.WaitAsync().ConfigureAwait(false);
            if (TrySend(bytes.Span) is >= 0 and var sent)
            {
                return sent;
            }
        }
    }

    /// <returns>True also where that cannot be told: the receive will.</returns>
    private bool HasMore()
    {
        Span<byte> next = stackalloc byte[1];
        return Receive(_handle, next, 1, MessageFlags.DoNotWait | MessageFlags.Peek) >= 0 || Marshal.GetLastPInvokeError() != Errno.TryAgain;
    }

    /// <returns>−1: there is nothing.</returns>
    private int TryReceive(Span<byte> buffer)
    {
        int received;
        var endsEarly = false;
        do
        {
            received = _isUnix ? ReceiveUnix(buffer, out endsEarly) : (int)Receive(_handle, buffer, (nuint)buffer.Length, MessageFlags.DoNotWait);
        }
        while (received < 0 && WasInterrupted());

        _mayHaveMore = received == buffer.Length || (received > 0 && endsEarly);
        return received;
    }

    /// <param name="buffer">Is filled.</param>
    /// <param name="endsEarly">A descriptor was passed along, which is not taken: it ends a receive though there is more behind.</param>
    private unsafe int ReceiveUnix(Span<byte> buffer, out bool endsEarly)
    {
        fixed (byte* start = buffer)
        {
            var vector = new MessageVector { Start = start, Length = buffer.Length };
            var message = new MessageHeader { Vectors = &vector, VectorCount = 1 };
            var received = (int)ReceiveMessage(_handle, &message, MessageFlags.DoNotWait);
            endsEarly = received > 0 && (message.Flags & MessageFlags.ControlTruncated) != 0;
            return received;
        }
    }

    /// <returns>−1: there is no room.</returns>
    private int TrySend(ReadOnlySpan<byte> bytes)
    {
        int sent;
        do
        {
            sent = (int)Send(_handle, bytes, (nuint)bytes.Length, MessageFlags.DoNotWait | MessageFlags.NoSignal);
        }
        while (sent < 0 && WasInterrupted());

        return sent;
    }

    private static bool WasInterrupted() => Marshal.GetLastPInvokeError() switch
    {
        Errno.Interrupted => true,
        Errno.TryAgain => false,
        var error => throw Errno.ToException(error),
    };

    [LibraryImport("libc", EntryPoint = "recv", SetLastError = true)]
    private static partial nint Receive(SafeHandle socket, Span<byte> buffer, nuint length, int flags);

    [LibraryImport("libc", EntryPoint = "recvmsg", SetLastError = true)]
    private static unsafe partial nint ReceiveMessage(SafeHandle socket, MessageHeader* message, int flags);

    [LibraryImport("libc", EntryPoint = "send", SetLastError = true)]
    private static partial nint Send(SafeHandle socket, ReadOnlySpan<byte> bytes, nuint length, int flags);
}
