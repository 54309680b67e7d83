using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Threading.Tasks.Sources;
using ActorSockets.Connections;
using Akka.Actor;
using Akka.IO;

namespace ActorSockets.Drivers.AkkaIo;

/// <summary>
/// Sends through Akka.IO, one acknowledged write at a time, so that what waits is in our bounded buffer and
/// Akka.IO's queue is empty when the connection closes (a FIN that arrives while its queue is not makes Akka.IO forget
/// the close).
/// </summary>
internal sealed class AkkaIoSender : OutputSender, IValueTaskSource<bool>
{
    private readonly IActorRef _connection;
    private readonly IActorRef _events;
    private readonly Action _throwIfClosed;
    private readonly Lock _gate = new();
    private ManualResetValueTaskSourceCore<bool> _written;
    private bool _writing;

    /// <param name="connection">Akka.IO's connection.</param>
    /// <param name="events">What it tells; a write's end is told as <see cref="Written"/>.</param>
    /// <param name="socket">The socket, to see what the other side takes.</param>
    /// <param name="options">The water marks and the limit.</param>
    /// <param name="throwIfClosed">Called before each write of the handler.</param>
    public AkkaIoSender(IActorRef connection, IActorRef events, Socket socket, SocketServerOptions options, Action throwIfClosed)
        : base(socket, options) => (_connection, _events, _throwIfClosed) = (connection, events, throwIfClosed);

    /// <summary>The kernel has taken the write that was under way.</summary>
    public void Acknowledge() => CompleteWrite(taken: true);

    public override void Lose()
    {
        base.Lose();
        CompleteWrite(taken: false);
    }

    bool IValueTaskSource<bool>.GetResult(short token) => _written.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<bool>.GetStatus(short token) => _written.GetStatus(token);

    void IValueTaskSource<bool>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _written.OnCompleted(continuation, state, token, flags);

    protected override void ThrowIfClosed() => _throwIfClosed();

    protected override ValueTask<bool> WriteAsync(ReadOnlyMemory<byte> piece)
    {
        lock (_gate)
        {
            if (IsLost)
            {
                return ValueTask.FromResult(false);
            }

            _written.Reset();
            _writing = true;
        }

        MemoryMarshal.TryGetArray(piece, out var bytes);
        var written = new ValueTask<bool>(this, _written.Version);
        _connection.Tell(Tcp.Write.Create(ByteString.FromBytes(bytes), Written.Instance), _events);
        return written;
    }

    protected override ValueTask SendFinAsync()
    {
        // Where the other side has finished it closes the socket at once.
        LookNoMore();
        _connection.Tell(Tcp.ConfirmedClose.Instance, _events);
        return ValueTask.CompletedTask;
    }

    private void CompleteWrite(bool taken)
    {
        lock (_gate)
        {
            if (!_writing)
            {
                return;
            }

            _writing = false;
        }

        _written.SetResult(taken);
    }

    /// <summary>Akka.IO's answer to a write that the kernel has taken.</summary>
    public sealed class Written : Tcp.Event
    {
        public static readonly Written Instance = new();
    }
}
