using System.Globalization;
using ActorSockets.Drivers;

namespace ActorSockets.Diagnostics;

/// <summary>What each fault costs by a server's options, in words.</summary>
internal static class FaultMatrix
{
    private const string AtOnce = "at once";
    private const string OneConnection = "the connection";
    private const string Nothing = "nothing";

    public static IReadOnlyList<FaultRow> For(SocketServerOptions options, IReadOnlyList<Endpoint> endpoints)
    {
        var hasStreams = endpoints.Any(endpoint => endpoint.IsStream);
        var entrance = new EntranceFaults(options, endpoints);
        var hasTcp = endpoints.Any(endpoint => endpoint is { IsStream: true, Path.Length: 0 });
        return
        [
            .. hasStreams ? Handlers("a handler throws", "client: the end; OnClosed(HandlerFailed); the log", options.PolicyFor(endpoints.First(endpoint => endpoint.IsStream)), "the connection", "input that was not consumed stays") : [],
            .. endpoints.FirstOrDefault(endpoint => endpoint.IsDatagram) is { } datagrams
                ? Handlers("a handler throws on a datagram", "OnClosed(HandlerFailed); the log", options.PolicyFor(datagrams), "the datagram and its peer's state", "the datagram is lost") : [],
            .. options.ServerRestartMax >= 0 && endpoints.Any(endpoint => options.PolicyFor(endpoint).OnFailure is OnFailure.Restart or OnFailure.Resume)
                ? [new FaultRow(string.Create(CultureInfo.InvariantCulture, $"all handlers together throw more than {options.ServerRestartMax} times in {ShortTime.Of(options.ServerRestartWithin)}"), "the connection or datagram peer", "client: the end; OnClosed(HandlerFailed); the log", AtOnce)]
                : Array.Empty<FaultRow>(),
            new("no handler can be made", "connections until it can", "each: the end, HandlerFailed; health; then new ones are refused by the kernel", $"after {Servers.ConstructionWatch.Most} in a row; tried again after {ShortTime.Of(options.MinRebindBackoff)} to {ShortTime.Of(options.MaxRebindBackoff)}"),
            Blocking(options, endpoints),
            .. hasStreams ? Clients(options) : [],
            .. hasTcp ? Vanished(options) : [],
            .. entrance.Rows(),
            .. endpoints.Any(endpoint => endpoint.IsDatagram) ? Datagrams(options) : [],
            .. Listening(options, endpoints),
            new("all buffers together exceed memory-budget", "new connections, then the largest", $"refused: {entrance.Farewell}, MemoryBudget; the largest: reset, MemoryBudget", "the largest a quarter above it, or after 10s"),
            new("an actor below the server's own ends", "connections: theirs; listeners: new clients meanwhile; the supervisor of the connections: all of them", "clients: the end; OnClosed(LocalClosed); the log", $"made again after {ShortTime.Of(options.MinRebindBackoff)} to {ShortTime.Of(options.MaxRebindBackoff)}"),
            new("the server's own actor ends", "the server", "clients: the end; whoever started it: Completion; health", AtOnce),
            new("the process does not run for a time (SIGSTOP, a machine that sleeps)", Nothing, "nobody", "timeouts stand still meanwhile, drain-timeout does not"),
            new("the wall clock is set", Nothing, "nobody", AtOnce),
            new("stop (SIGTERM)", options.DrainTimeout == TimeSpan.Zero ? "what is not done" : "what is not done by then", "handlers: OnServerStopping; who is cut: reset, DrainTimeout", ShortTime.Of(options.DrainTimeout)),
            new("a second signal, kill -9, the machine", "all connections with what was not sent", "clients: reset or silence", AtOnce),
        ];
    }

    private static IEnumerable<FaultRow> Handlers(string fault, string told, RestartPolicy policy, string whole, string kept)
    {
        if (policy.OnFailure == OnFailure.Close)
        {
            yield return new(fault, whole, "client: what was written, then the end; OnClosed(HandlerFailed); the log", AtOnce);
            yield break;
        }

        if (policy.OnFailure == OnFailure.Escalate)
        {
            yield return new(fault, "the server, its other connections too", "clients: reset; whoever started it: the exception", AtOnce);
            yield break;
        }

        yield return new(fault, policy.OnFailure == OnFailure.Restart ? $"the handler's state; {kept}" : "the failing message", "the log", AtOnce);
        if (policy.Max >= 0)
        {
            yield return new(string.Create(CultureInfo.InvariantCulture, $"{fault} more than {policy.Max} times {(policy.Within == Timeout.InfiniteTimeSpan ? "in all" : $"in {ShortTime.Of(policy.Within)}")}"), whole, told, AtOnce);
        }
    }

    private static IEnumerable<FaultRow> Clients(SocketServerOptions options)
    {
        yield return new("a client resets", "what it had not been sent", "OnClosed(PeerReset)", AtOnce);
        yield return new("a client does not read", OneConnection, "client: reset; OnClosed(SlowConsumer); the log", $"{ShortTime.Of(options.WriteStallTimeout)} without progress, or {Size(options.WriteLimit)} unsent");
        yield return Deadline("a client never says anything", options.FirstByteTimeout ?? options.IdleTimeout, options.FirstByteTimeout is null ? CloseReason.IdleTimeout : CloseReason.FirstByteTimeout);
        yield return Deadline("a client says nothing more", options.IdleTimeout, CloseReason.IdleTimeout);
        if (options.FrameTimeout is not null || options.MinRate is null)
        {
            yield return Deadline("a line or frame does not end", options.FrameTimeout, CloseReason.FrameTimeout, "never, while bytes come");
        }

        if (options.MinRate is { } rate)
        {
            yield return new("a line or frame comes too slowly", OneConnection, "client: the end; OnClosed(MinRate); the log", string.Create(CultureInfo.InvariantCulture, $"5s, below {rate} bytes a second"));
        }

        yield return new($"a line or frame has more than {Size(options.MaxFrame)}, and its reader does not say how many", OneConnection, "client: the end; OnClosed(ProtocolError)", AtOnce);
        yield return Deadline("a client has finished sending, and its handler does nothing", options.HalfOpenTimeout, CloseReason.HalfOpenTimeout);
        yield return Deadline("a handler does not end", options.HandlerTimeout, CloseReason.HandlerTimeout);
    }

    private static IEnumerable<FaultRow> Vanished(SocketServerOptions options)
    {
        var unacknowledged = options.UserTimeout is { } time ? ShortTime.Of(time) : "some 15m";
        var silent = options.KeepAlive is not { } idle ? "as for one that says nothing more"
            : options.UserTimeout is { } user ? $"{ShortTime.Of(idle)} and then {ShortTime.Of(user)}"
            : $"{ShortTime.Of(idle)} and then {options.KeepAliveCount} times {ShortTime.Of(options.KeepAliveInterval)}";
        yield return new("the network loses, delays, doubles or reorders packets, or is cut for a while", Nothing, "nobody", "as fast as TCP mends it");
        yield return new("a client's machine vanishes while it is idle", OneConnection, "OnClosed(PeerLost); the log", silent);
        yield return new("it vanishes while something is unsent", OneConnection, "OnClosed(SlowConsumer or PeerLost); the log", $"{ShortTime.Of(options.WriteStallTimeout)} without progress, or {unacknowledged}");
    }

    private static FaultRow Blocking(SocketServerOptions options, IReadOnlyList<Endpoint> endpoints)
    {
        const string Fault = "a handler blocks its thread";
        const string WhenItGoesOn = "until it goes on";
        const string Named = "the log, which names the handler";
        var looks = $"{Dispatch.Watchdog.Interval}ms to {2 * Dispatch.Watchdog.Interval}ms";
        return options.FindDispatcher(endpoints) switch
        {
            ServerDispatcher.EventLoop when endpoints.All(endpoint => DriverCatalog.Find(options.Driver, endpoint).HasOwnLoop) => new(Fault, "nothing; others go on on another thread", Named, looks),

            // On .NET's socket threads, where nobody takes over.
            ServerDispatcher.EventLoop when EventLoop.IsEnabled => new(Fault, "the time of others, perhaps of all", Named, looks),
            ServerDispatcher.Blocking => new(Fault, "one of the threads of dispatchers.blocking", "nobody", WhenItGoesOn),
            _ => new(Fault, "a thread of the pool, which makes up for it in time", "nobody", WhenItGoesOn),
        };
    }

    private static IEnumerable<FaultRow> Listening(SocketServerOptions options, IReadOnlyList<Endpoint> endpoints)
    {
        var again = $"bound again after {ShortTime.Of(options.MinRebindBackoff)}, then up to {ShortTime.Of(options.MaxRebindBackoff)}";
        yield return new("a listening socket is lost", "new clients meanwhile", "health, the log", again);
        var streams = endpoints.Where(endpoint => endpoint.IsStream).ToLookup(endpoint => DriverCatalog.Find(options.Driver, endpoint).AcceptsItself);
        if (streams[true].Any())
        {
            yield return new("the process is short of descriptors or memory on accept", Nothing, "the log, once a second", "clients wait in the kernel's queue; tried again after 10ms to 1s");
        }

        if (streams[false].Any())
        {
            yield return new("the process is short of descriptors on accept (akka-io)", "the new connections", "clients: reset; NoDescriptors; the log", $"until there are more than {Servers.DescriptorReserve.Size} again");
            yield return new("an accept fails by what Akka.IO does not know, as ENOMEM (akka-io)", "the endpoint with its connections", "clients: reset; OnClosed(TransportFailed); health, the log", again);
        }
    }

    private static IEnumerable<FaultRow> Datagrams(SocketServerOptions options)
    {
        yield return new(string.Create(CultureInfo.InvariantCulture, $"more than {options.DatagramQueue} datagrams of a peer wait, or {Size(options.DatagramBuffer)} of all"), "the newest datagram", "the books: QueueFull", AtOnce);
        yield return new(string.Create(CultureInfo.InvariantCulture, $"one more than {options.MaxPeers} peers"), "the newest datagram", "the books: TooManyPeers", $"until one was silent for {ShortTime.Of(options.PeerTimeout)}");
        yield return new("the kernel's receive buffer is full", "the newest datagram", "the kernel's counters (RcvbufErrors)", AtOnce);
    }

    private static FaultRow Deadline(string fault, TimeSpan? time, CloseReason reason, string never = "never") => time is { } limit
        ? new(fault, OneConnection, $"client: the end; OnClosed({reason})", ShortTime.Of(limit))
        : new(fault, Nothing, "nobody", never);

    private static string Size(int bytes) => bytes switch
    {
        > 0 when bytes % (1024 * 1024) == 0 => $"{bytes / (1024 * 1024)}MiB",
        > 0 when bytes % 1024 == 0 => $"{bytes / 1024}KiB",
        _ => $"{bytes} bytes",
    };
}
