using System.Collections.Concurrent;

namespace ActorSockets.Handlers;

/// <summary>What serves the connections and the datagrams of a server, and what its user wants to be asked.</summary>
internal sealed class HandlerSet
{
    private readonly ConcurrentDictionary<Type, HandlerSpec> _next = new();

    /// <summary>Null where it does not serve streams.</summary>
    public HandlerSpec? Streams { get; private set; }

    /// <summary>Null where it does not serve datagrams.</summary>
    public HandlerSpec? Datagrams { get; private set; }

    public ServerHooks Hooks { get; } = new();

    /// <summary>Says how classes are made of which only the type is given.</summary>
    public Func<Type, Func<HandlerInstance>> Activator { get; set; } = HandlerActivation.ByConstructor;

    public void Set(Func<Connection, Task> handle) => SetStreams(HandlerSpec.For(handle));

    public void Set(Func<Datagram, Task> handle) => SetDatagrams(HandlerSpec.For(handle));

    /// <exception cref="ArgumentException">The type is none of the four kinds of handler.</exception>
    public void Set(Type type, Func<HandlerInstance> factory)
    {
        if (HandlerSpec.ForStreams(type, factory) is { } streams)
        {
            SetStreams(streams);
        }
        else if (HandlerSpec.ForDatagrams(type, factory) is { } datagrams)
        {
            SetDatagrams(datagrams);
        }
        else
        {
            throw new ArgumentException(
                $"{type} is not a handler: it derives from none of {nameof(StreamRequestHandler)}, {nameof(ConnectionActor)}, {nameof(DatagramRequestHandler)}, {nameof(DatagramActor)}",
                nameof(type));
        }
    }

    /// <summary>A class that a connection goes on with.</summary>
    /// <exception cref="ArgumentException">The type does not serve streams, or it cannot be made.</exception>
    public HandlerSpec FindNext(Type type) => _next.GetOrAdd(type, _ => HandlerSpec.ForNext(type, Activator(type)));

    private void SetStreams(HandlerSpec handler) => Streams = Streams is null
        ? handler
        : throw new InvalidOperationException($"streams have a handler already: {Streams.Description}; {handler.Description} would be a second one");

    private void SetDatagrams(HandlerSpec handler) => Datagrams = Datagrams is null
        ? handler
        : throw new InvalidOperationException($"datagrams have a handler already: {Datagrams.Description}; {handler.Description} would be a second one");
}
