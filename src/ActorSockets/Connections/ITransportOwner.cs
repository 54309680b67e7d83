using ActorSockets.Servers;

namespace ActorSockets.Connections;

/// <summary>What a transport tells the connection that it belongs to. Called on the driver's threads: brief, never throws.</summary>
internal interface ITransportOwner
{
    /// <summary>Bytes arrived.</summary>
    void InputReady();

    /// <summary>The kernel took bytes that it was given at this time, in milliseconds of <see cref="RunningTime"/>.</summary>
    void OutputSent(int bytes, long at);

    /// <summary>The other side sent FIN: the owner ends the input, and knows it before whoever reads.</summary>
    void PeerCompleted();

    /// <summary>Unsent output fell to the low-water mark after it had been above the high-water mark.</summary>
    void OutputDrained();

    /// <summary>More is unsent than the write limit allows.</summary>
    void OutputOverflowed();

    /// <summary>What a read of a connection that was closed on our side, or lost, throws.</summary>
    Exception CreateClosedException();

    /// <summary>The socket is about to be given up as closed; called before reads and writes begin to fail. <paramref name="failure"/> is null where that was asked for.</summary>
    void TransportEnding(CloseReason? failure);

    /// <summary>Sending or receiving failed in a way that was not foreseen.</summary>
    void TransportFaulted(Exception exception);

    /// <summary>The socket is closed.</summary>
    void TransportClosed();
}
