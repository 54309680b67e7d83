namespace ActorSockets.Hosting;

/// <summary>Handler classes that only the container can make.</summary>
public static class SocketServerBuilderExtensions
{
    /// <summary>
    /// Serves with a handler class whose constructor asks for services. Each connection has a scope of the container, and
    /// each datagram of a <see cref="DatagramRequestHandler"/>; a fresh handler after a restart has a fresh one. The scope,
    /// and the handler where it is disposable, is disposed of when the handler has ended.
    /// </summary>
    /// <typeparam name="THandler">Derives from <see cref="StreamRequestHandler"/>, <see cref="ConnectionActor"/>, <see cref="DatagramRequestHandler"/> or <see cref="DatagramActor"/>. It need not be registered itself.</typeparam>
    /// <param name="server">The server's builder, in <c>WithSocketServer</c> or <c>AddSocketServer</c>.</param>
    /// <exception cref="ArgumentException">The type is none of these, or its constructor asks for something that is not registered.</exception>
    /// <exception cref="InvalidOperationException">There is a handler for its kind of endpoint already.</exception>
    public static SocketServerBuilder Handle<THandler>(this SocketServerBuilder server)
        where THandler : class
    {
        ArgumentNullException.ThrowIfNull(server);
        return server.Handle(typeof(THandler));
    }
}
