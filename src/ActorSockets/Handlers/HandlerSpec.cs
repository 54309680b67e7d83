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

    /// <exception cref="ArgumentException">The type does not serve streams.</exception>
    public static HandlerSpec For<THandler>(Func<THandler> factory)
        where THandler : class => ForStreams(typeof(THandler), () => new HandlerInstance(factory()))
        ?? throw new ArgumentException($"{typeof(THandler)} does not serve streams: it derives from neither {nameof(StreamRequestHandler)} nor {nameof(ConnectionActor)}", nameof(THandler));

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
