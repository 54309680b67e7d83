namespace ActorSockets;

/// <summary>Where a server's handlers run.</summary>
public enum ServerDispatcher
{
    /// <summary><see cref="EventLoop"/> after <see cref="ActorSockets.EventLoop.Enable"/>, otherwise <see cref="ThreadPool"/>.</summary>
    Default,

    /// <summary>
    /// On the thread that the bytes arrived on, without a hop to another: the cheapest, in the manner of asyncio and uvloop. For code
    /// that never blocks. Where it does all the same, others go on on another thread after a moment, and a warning names the handler.
    /// </summary>
    EventLoop,

    /// <summary>On .NET's thread pool: for code that blocks now and then.</summary>
    ThreadPool,

    /// <summary>On threads of its own, <c>actor-sockets.dispatchers.blocking</c> says how many: for code that blocks always.</summary>
    Blocking,
}
