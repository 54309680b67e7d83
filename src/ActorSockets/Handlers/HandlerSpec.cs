namespace ActorSockets.Handlers;

/// <summary>How the actors of connections are made.</summary>
/// <param name="ActorType">Their type.</param>
/// <param name="CreateActor">Makes a fresh one.</param>
/// <param name="Description">What serves, for messages and tables.</param>
internal sealed record HandlerSpec(Type ActorType, Func<HandlerInstance> CreateActor, string Description)
{
    public static HandlerSpec For(Func<Connection, Task> handle)
    {
        ArgumentNullException.ThrowIfNull(handle);
        return new(typeof(StreamRequestActor), () => new(new StreamRequestActor(() => new(new DelegateStreamHandler(handle)))), "delegate");
    }

    public static HandlerSpec For(Func<Datagram, Task> handle)
    {
        ArgumentNullException.ThrowIfNull(handle);
        return new(typeof(DatagramRequestActor), () => new(new DatagramRequestActor(() => new(new DelegateDatagramHandler(handle)))), "delegate");
    }

    /// <summary>A class that a connection goes on with.</summary>
    /// <exception cref="ArgumentException">The type does not serve streams.</exception>
    public static HandlerSpec ForNext(Type type, Func<HandlerInstance> factory) => ForStreams(type, factory)
        ?? throw new ArgumentException($"{type} does not serve streams: it derives from neither {nameof(StreamRequestHandler)} nor {nameof(ConnectionActor)}", nameof(type));

    /// <summary>Null where the type does not serve streams.</summary>
    public static HandlerSpec? ForStreams(Type type, Func<HandlerInstance> factory) =>
        type.IsAssignableTo(typeof(StreamRequestHandler))
            ? new(typeof(StreamRequestActor), () => new(new StreamRequestActor(factory)), type.Name)
            : type.IsAssignableTo(typeof(ConnectionActor)) ? new(type, factory, type.Name) : null;

    /// <summary>Null where the type does not serve datagrams.</summary>
    public static HandlerSpec? ForDatagrams(Type type, Func<HandlerInstance> factory) =>
        type.IsAssignableTo(typeof(DatagramRequestHandler))
            ? new(typeof(DatagramRequestActor), () => new(new DatagramRequestActor(factory)), type.Name)
            : type.IsAssignableTo(typeof(DatagramActor)) ? new(type, factory, type.Name) : null;
}
