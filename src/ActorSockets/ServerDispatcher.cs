namespace ActorSockets;

/// <summary>Where a server's handlers run.</summary>
public enum ServerDispatcher
{
    /// <summary>
    /// <see cref="EventLoop"/> after <see cref="ActorSockets.EventLoop.Enable"/>, on Linux and for a server all of whose endpoints are served by the <c>native</c> driver, whose
    /// loop another thread takes over where a handler blocks it all the same; otherwise <see cref="ThreadPool"/>.
    /// </summary>
    Default,

    /// <summary>
    /// On the thread that the bytes arrived on, without a hop to another: the cheapest, in the manner of asyncio and uvloop. For code
    /// that never blocks. Where it does all the same, a warning names the handler, and by the <c>native</c> driver others go on on another thread after a moment.
    /// </summary>
    EventLoop,

    /// <summary>On .NET's thread pool: for code that blocks now and then.</summary>
    ThreadPool,

    /// <summary>On threads of its own, <c>actor-sockets.dispatchers.blocking</c> says how many: for code that blocks always.</summary>
    Blocking,
}
