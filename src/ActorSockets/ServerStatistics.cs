namespace ActorSockets;

/// <summary>
/// A server's books at one moment. They balance: <see cref="Accepted"/> = <see cref="Active"/> + the sum of
/// <see cref="Closed"/>; <see cref="DatagramsReceived"/> = <see cref="DatagramsHandled"/> + the sum of
/// <see cref="DatagramsDropped"/> + those that wait or are being handled. Datagram peers count like connections.
/// </summary>
public sealed record ServerStatistics
{
    /// <summary>Connections and datagram peers that got an actor.</summary>
    public required long Accepted { get; init; }

    /// <summary>Those of them that live.</summary>
    public required long Active { get; init; }

    /// <summary>Those of them that ended, by reason.</summary>
    public required IReadOnlyDictionary<CloseReason, long> Closed { get; init; }

    /// <summary>Connections that never got an actor, by reason.</summary>
    public required IReadOnlyDictionary<RefusalReason, long> Refused { get; init; }

    /// <summary>Exceptions of user code that a restart policy was asked about.</summary>
    public required long HandlerFailures { get; init; }

    /// <summary>Fresh handlers that were made on living connections and peers.</summary>
    public required long Restarts { get; init; }

    /// <summary>Endpoints that were lost and bound again.</summary>
    public required long Rebinds { get; init; }

    /// <summary>Datagrams that arrived.</summary>
    public required long DatagramsReceived { get; init; }

    /// <summary>Those of them that a handler has handled.</summary>
    public required long DatagramsHandled { get; init; }

    /// <summary>Those of them that were dropped, by reason.</summary>
    public required IReadOnlyDictionary<DropReason, long> DatagramsDropped { get; init; }

    /// <summary>Datagrams that were sent.</summary>
    public required long DatagramsSent { get; init; }

    /// <summary>Datagrams that the kernel did not take.</summary>
    public required long DatagramSendFailures { get; init; }
}
