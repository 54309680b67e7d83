using System.Buffers;

namespace ActorSockets.Connections;

/// <summary>A connection that gets no handler, only a last word: it is sent and followed by FIN, so that no reset destroys it.</summary>
internal sealed class Farewell : ITransportOwner
{
    private readonly Transport _transport;
    private readonly Action<Farewell> _gone;

    /// <param name="transport">The connection.</param>
    /// <param name="gone">Called when it is closed, on any thread.</param>
    public Farewell(Transport transport, Action<Farewell> gone)
    {
        (_transport, _gone) = (transport, gone);
        transport.Attach(this);
    }

    public void Say(ReadOnlySpan<byte> word)
    {
        // Before the start: after it the other side may be gone at any time.
        _transport.Output.Write(word);
        _transport.Output.Flush();
        _transport.Start();
        _transport.Close();
    }

    public void Sweep(long now)
    {
        if (_transport.IsStalled(now))
        {
            Abort();
        }

        _transport.Sweep(now);
    }

    public void Abort() => _transport.Abort();

    void ITransportOwner.InputReady()
    {
        // What it says is not heard any more.
    }

    void ITransportOwner.OutputSent(int bytes, long at)
    {
        // It is on its way.
    }

    void ITransportOwner.PeerCompleted()
    {
        // It closes in any case.
    }

    void ITransportOwner.OutputDrained()
    {
        // Nothing more is written.
    }

    void ITransportOwner.OutputOverflowed() => Abort();

    Exception ITransportOwner.CreateClosedException() => new IOException("the connection was refused");

    void ITransportOwner.TransportEnding(CloseReason? failure)
    {
        // Nobody asks for a reason: it was refused.
    }

    void ITransportOwner.TransportFaulted(Exception exception) => Abort();

    void ITransportOwner.TransportClosed()
    {
        _transport.Input.Free(this);
        _transport.Output.End();
        _gone(this);
    }
}
