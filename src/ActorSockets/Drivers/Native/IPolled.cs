namespace ActorSockets.Drivers.Native;

/// <summary>Whoever is told of the events of a descriptor.</summary>
internal interface IPolled
{
    /// <summary>Called on a thread of the loop, one at a time: never blocks, never throws.</summary>
    /// <param name="events">Of <see cref="Epoll"/>.</param>
    void OnEvents(uint events);
}
