namespace ActorSockets;

/// <summary>A handler that was made for one connection, datagram or peer, and what was made along with it.</summary>
/// <param name="Handler">The handler.</param>
/// <param name="Scope">
/// Disposed of when the handler has ended, also when a restart replaces it: after its last call, and never while its code
/// is still under way. Null: nothing is.
/// </param>
public readonly record struct HandlerInstance(object Handler, IAsyncDisposable? Scope = null);
