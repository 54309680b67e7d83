using System.Buffers;

namespace ActorSockets;

/// <content>Frames, for an actor that has declared a frame reader.</content>
public abstract partial class ConnectionActor
{
    private readonly FrameReader? _frames;
    private long _examined;
    private bool _leftOff;

    /// <summary>
    /// A frame arrived, whole. It counts as consumed before the call: an exception costs this frame only. Override it in an actor that
    /// gives a frame reader to its base constructor.
    /// </summary>
    /// <param name="frame">The frame, without what delimits it; the memory is valid during the call only.</param>
    /// <exception cref="NotSupportedException">It is not overridden.</exception>
    protected virtual void OnFrame(in ReadOnlySequence<byte> frame) =>
        throw new NotSupportedException($"{GetType()} has a frame reader and does not override {nameof(OnFrame)}");

    /// <summary>
    /// The other side finished sending in the middle of a frame, and <see cref="OnPeerCompleted"/> is next. Default: throws
    /// <see cref="IncompleteReadException"/>, which closes the connection with <see cref="CloseReason.ProtocolError"/>.
    /// Override it where a last line without an end is a line.
    /// </summary>
    /// <param name="rest">What came of the frame, never empty; the memory is valid during the call only.</param>
    /// <exception cref="IncompleteReadException">Always, unless overridden.</exception>
    protected virtual void OnIncompleteFrame(in ReadOnlySequence<byte> rest) => throw new IncompleteReadException(rest.ToArray());

    private void ReadFrames(in ReadOnlySequence<byte> data)
    {
        var frames = Connection.Context.Bounded(_frames ?? throw new NotSupportedException(
            $"{GetType()} neither overrides {nameof(OnReceived)} nor gives a frame reader to its base constructor"));
        var rest = data;
        Advance(rest.Start);
        while (frames.TryRead(rest, ref _examined, out var frame, out var consumed))
        {
            Advance(consumed);
            rest = rest.Slice(consumed);
            OnFrame(frame);
            if (!MayGoOn)
            {
                _leftOff = !rest.IsEmpty;
                return;
            }
        }
    }

    private void CompleteFrames()
    {
        Connection.CurrentInput.TryRead(out var last);
        try
        {
            OnIncompleteFrame(last.Buffer);
        }
        finally
        {
            Connection.CurrentInput.AdvanceTo(last.Buffer.End);
        }
    }
}
