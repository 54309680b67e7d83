using System.Net.Sockets;

namespace ActorSockets.Drivers.Native;

/// <summary>What an error of an accept says about the next one.</summary>
internal enum AcceptErrorKind
{
    /// <summary>It was that connection's own; the next one may be accepted.</summary>
    Connection,

    /// <summary>The process or the machine is short of something; later there may be enough again.</summary>
    Pressure,

    /// <summary>The listening socket is of no use any more.</summary>
    Terminal,
}

/// <summary>The errors of accept (Linux: <c>accept(2)</c>, which passes on errors of the network as well).</summary>
internal static class AcceptErrors
{
    public static AcceptErrorKind Classify(Exception exception) => exception.GetBaseException() is SocketException { SocketErrorCode: var error }
        ? Classify(error)
        : AcceptErrorKind.Terminal;

    // .NET has no name for ENOMEM: that is the general one.
    private static AcceptErrorKind Classify(SocketError error) => error switch
    {
        SocketError.TooManyOpenSockets or SocketError.NoBufferSpaceAvailable or SocketError.SocketError => AcceptErrorKind.Pressure,
        SocketError.NotSocket or SocketError.InvalidArgument or SocketError.OperationNotSupported or SocketError.Fault
            or SocketError.OperationAborted or SocketError.Shutdown => AcceptErrorKind.Terminal,
        _ => AcceptErrorKind.Connection,
    };
}
