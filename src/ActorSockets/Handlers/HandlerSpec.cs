namespace ActorSockets.Handlers;

/// <summary>How the actors of connections are made.</summary>
/// <param name="ActorType">Their type.</param>
/// <param name="CreateActor">Makes a fresh one.</param>
/// <param name="Description">What serves, for messages and tables.</param>
internal sealed record HandlerSpec(Type ActorType, Func<PeerActor> CreateActor, string Description)
{
    public static HandlerSpec For(Func<Connection, Task> handle)
    {
        ArgumentNullException.ThrowIfNull(handle);
        return new(typeof(StreamRequestActor), () => new StreamRequestActor(() => new DelegateStreamHandler(handle)), "delegate");
    }

    public static HandlerSpec For(Func<Datagram, Task> handle)
    {
        ArgumentNullException.ThrowIfNull(handle);
        return new(typeof(DatagramRequestActor), () => new DatagramRequestActor(() => new DelegateDatagramHandler(handle)), "delegate");
    }

    /// <exception cref="ArgumentException">The type does not serve streams.</exception>
    public static HandlerSpec For(Type type, Func<object> factory) => ForStreams(type, factory)
        ?? throw new ArgumentException($"{type} does not serve streams: it derives from neither {nameof(StreamRequestHandler)} nor {nameof(ConnectionActor)}", nameof(type));

    /// <summary>Null where the type does not serve streams.</summary>
    public static HandlerSpec? ForStreams(Type type, Func<object> factory) =>
        type.IsAssignableTo(typeof(StreamRequestHandler))
            ? new(typeof(StreamRequestActor), () => new StreamRequestActor(() => (StreamRequestHandler)factory()), type.Name)
            : type.IsAssignableTo(typeof(ConnectionActor)) ? new(type, () => (PeerActor)factory(), type.Name) : null;

    /// <summary>Null where the type does not serve datagrams.</summary>
    public static HandlerSpec? ForDatagrams(Type type, Func<object> factory) =>
        type.IsAssignableTo(typeof(DatagramRequestHandler))
            ? new(typeof(DatagramRequestActor), () => new DatagramRequestActor(() => (DatagramRequestHandler)factory()), type.Name)
            : type.IsAssignableTo(typeof(DatagramActor)) ? new(type, () => (PeerActor)factory(), type.Name) : null;
}
