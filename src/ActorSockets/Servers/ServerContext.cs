using ActorSockets.Diagnostics;
using ActorSockets.Handlers;
using Akka.Event;

namespace ActorSockets.Servers;

/// <summary>What all parts of one running server share. Made at start, never changed.</summary>
internal sealed class ServerContext(string name, IReadOnlyList<Endpoint> endpoints, HandlerSet handlers, SocketServerOptions options, ILoggingAdapter log) : IDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private long _lastPeer;

    public string Name => name;

    public IReadOnlyList<Endpoint> Endpoints => endpoints;

    public HandlerSet Handlers => handlers;

    public SocketServerOptions Options => options;

    public ILoggingAdapter Log => log;

    public ServerCounters Counters { get; } = new();

    /// <summary>Cancelled when the server begins to drain.</summary>
    public CancellationToken Stopping => _stopping.Token;

    public string NextPeerId() => $"{name}-{Interlocked.Increment(ref _lastPeer)}";

    public void BeginStopping() => _stopping.CancelInBackground(log, name);

    public void Dispose() => _stopping.Dispose();
}
