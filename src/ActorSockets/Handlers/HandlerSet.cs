using ActorSockets.Supervision;
using Akka.Actor;

namespace ActorSockets.Handlers;

/// <summary>How a server makes the actors of its connections and datagram peers.</summary>
internal sealed class HandlerSet
{
    private Type? _streamActor;
    private Func<PeerActor>? _stream;
    private Type? _datagramActor;
    private Func<PeerActor>? _datagram;

    public bool ServesStreams => _stream is not null;

    public bool ServesDatagrams => _datagram is not null;

    /// <summary>What serves here, for messages and tables.</summary>
    public string Description { get; private set; } = "";

    public Props CreateProps(Connection connection) => Props.CreateBy(new PeerActorProducer(connection, _streamActor!, _stream!));

    public Props CreateProps(DatagramPeer peer) => Props.CreateBy(new PeerActorProducer(peer, _datagramActor!, _datagram!));

    public void Set(Func<Connection, Task> handle) =>
        SetStream(typeof(StreamRequestActor), () => new StreamRequestActor(() => new DelegateStreamHandler(handle)), "delegate");

    public void Set(Func<Datagram, Task> handle) =>
        SetDatagram(typeof(DatagramRequestActor), () => new DatagramRequestActor(handle), "delegate");

    /// <exception cref="ArgumentException">The type is none of the four kinds of handler.</exception>
    public void Set(Type type, Func<object> factory)
    {
        if (type.IsAssignableTo(typeof(StreamRequestHandler)))
        {
            SetStream(typeof(StreamRequestActor), () => new StreamRequestActor(() => (StreamRequestHandler)factory()), type.Name);
        }
        else if (type.IsAssignableTo(typeof(ConnectionActor)))
        {
            SetStream(type, () => (PeerActor)factory(), type.Name);
        }
        else if (type.IsAssignableTo(typeof(DatagramRequestHandler)))
        {
            SetDatagram(
                typeof(DatagramRequestActor),
                () => new DatagramRequestActor(datagram => ((DatagramRequestHandler)factory()).RunAsync(datagram)),
                type.Name);
        }
        else if (type.IsAssignableTo(typeof(DatagramActor)))
        {
            SetDatagram(type, () => (PeerActor)factory(), type.Name);
        }
        else
        {
            throw new ArgumentException(
                $"{type} is not a handler: it derives from none of {nameof(StreamRequestHandler)}, {nameof(ConnectionActor)}, {nameof(DatagramRequestHandler)}, {nameof(DatagramActor)}",
                nameof(type));
        }
    }

    private void SetStream(Type actor, Func<PeerActor> factory, string description)
    {
        if (ServesStreams)
        {
            throw new InvalidOperationException($"streams have a handler already: {Description}; {description} would be a second one");
        }

        (_streamActor, _stream) = (actor, factory);
        Describe(description);
    }

    private void SetDatagram(Type actor, Func<PeerActor> factory, string description)
    {
        if (ServesDatagrams)
        {
            throw new InvalidOperationException($"datagrams have a handler already: {Description}; {description} would be a second one");
        }

        (_datagramActor, _datagram) = (actor, factory);
        Describe(description);
    }

    private void Describe(string description) =>
        Description = Description.Length == 0 || Description == description ? description : $"{Description}, {description}";
}
