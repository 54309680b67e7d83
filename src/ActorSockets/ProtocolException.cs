namespace ActorSockets;

/// <summary>
/// The other side broke the protocol: what it sent, or where it stopped, makes no sense. Handlers may derive their own
/// from it. Unhandled, it is a failure of the handler like any other.
/// </summary>
public class ProtocolException : IOException
{
    /// <summary>Says what is wrong.</summary>
    /// <param name="message">One line. It may end up in a log, so it should not show bytes of the other side as they are.</param>
    public ProtocolException(string message)
        : base(message)
    {
    }

    /// <summary>Says what is wrong, and which exception showed it.</summary>
    /// <param name="message">One line. It may end up in a log, so it should not show bytes of the other side as they are.</param>
    /// <param name="inner">What a parser said, for instance.</param>
    public ProtocolException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
