using ActorSockets.Diagnostics;
using ActorSockets.Handlers;
using Akka.Event;

namespace ActorSockets.Servers;

/// <summary>What all parts of one running server share.</summary>
internal sealed class ServerContext(string name, IReadOnlyList<Endpoint> endpoints, HandlerSet handlers, SocketServerOptions options, ILoggingAdapter log)
{
    private readonly CancellationTokenSource _stopping = new();
    private long _lastPeer;
    private bool _serving;

    public string Name => name;

    public IReadOnlyList<Endpoint> Endpoints => endpoints;

    public HandlerSet Handlers => handlers;

    public SocketServerOptions Options => options;

    public ILoggingAdapter Log => log;

    public ServerCounters Counters { get; } = new();

    /// <summary>Cancelled when the server begins to drain.</summary>
    public CancellationToken Stopping => _stopping.Token;

    /// <summary>False while it is not decided whether the server will serve at all.</summary>
    public bool IsServing => Volatile.Read(ref _serving);

    public string NextPeerId() => $"{name}-{Interlocked.Increment(ref _lastPeer)}";

    public void BeginServing() => Volatile.Write(ref _serving, true);

    public void BeginStopping() => _stopping.CancelInBackground(log, name);
}
