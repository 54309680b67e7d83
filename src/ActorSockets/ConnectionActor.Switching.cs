using ActorSockets.Handlers;

namespace ActorSockets;

/// <content>Giving the connection to another handler.</content>
public abstract partial class ConnectionActor
{
    /// <summary>
    /// Has another handler go on with this connection after this turn (<c>transport.set_protocol</c>): what was written is
    /// sent, nothing closes, <see cref="PeerActor.OnClosed"/> is not called here, and input that was not consumed is the next one's. Id,
    /// <see cref="Peer.Self"/> and <see cref="Peer.Items"/> stay; messages that wait in the mailbox go to the next handler.
    /// </summary>
    /// <param name="handle">The next handler.</param>
    protected void SwitchHandler(Func<Connection, Task> handle) => Connection.SwitchTo(HandlerSpec.For(handle));

    /// <inheritdoc cref="SwitchHandler(Func{Connection, Task})"/>
    /// <typeparam name="THandler">Derives from <see cref="StreamRequestHandler"/> or <see cref="ConnectionActor"/>; it is made as <see cref="SocketServerBuilder.ActivateWith"/> said.</typeparam>
    /// <exception cref="ArgumentException">The type is neither, or it cannot be made.</exception>
    protected void SwitchHandler<THandler>()
        where THandler : class => Connection.SwitchTo(Connection.Context.Handlers.FindNext(typeof(THandler)));

    /// <inheritdoc cref="SwitchHandler(Func{Connection, Task})"/>
    /// <typeparam name="THandler">Derives from <see cref="StreamRequestHandler"/> or <see cref="ConnectionActor"/>.</typeparam>
    /// <param name="factory">Makes a fresh one, and again after each restart.</param>
    /// <exception cref="ArgumentException">The type is neither.</exception>
    protected void SwitchHandler<THandler>(Func<THandler> factory)
        where THandler : class => Connection.SwitchTo(HandlerSpec.ForNext(typeof(THandler), () => new(factory())));
}
