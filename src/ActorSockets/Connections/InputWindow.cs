using System.IO.Pipelines;

namespace ActorSockets.Connections;

/// <summary>The receiving half of a connection: what has arrived and was not consumed, until it is completed; what arrives after that is thrown away.</summary>
internal sealed class InputWindow(SocketServerOptions options)
{
    private readonly Pipe _pipe = new(new PipeOptions(
        pauseWriterThreshold: options.InputWindow,
        resumeWriterThreshold: options.InputWindow / 2,
        writerScheduler: PipeScheduler.Inline));

    private readonly Lock _gate = new();
    private bool _completed;
    private long _bytesReceived;

    public PipeReader Reader => _pipe.Reader;

    public long BytesReceived => Volatile.Read(ref _bytesReceived);

    /// <summary>Takes what has arrived; false when it is thrown away.</summary>
    /// <param name="data">The bytes; they are copied.</param>
    /// <param name="room">Completes when there is room for more: the handler has consumed enough of the window.</param>
    public bool TryTake(ReadOnlySpan<byte> data, out ValueTask<FlushResult> room)
    {
        room = default;
        lock (_gate)
        {
            if (_completed)
            {
                return false;
            }

            data.CopyTo(_pipe.Writer.GetSpan(data.Length));
            _pipe.Writer.Advance(data.Length);
            Volatile.Write(ref _bytesReceived, _bytesReceived + data.Length);
            room = _pipe.Writer.FlushAsync();
            return true;
        }
    }

    /// <summary>Nothing more comes. Reads end, with the exception if there is one; who waits for room waits no more.</summary>
    public void Complete(Exception? exception = null)
    {
        lock (_gate)
        {
            if (!_completed)
            {
                _completed = true;
                _pipe.Writer.Complete(exception);
                _pipe.Writer.CancelPendingFlush();
            }
        }
    }
}
