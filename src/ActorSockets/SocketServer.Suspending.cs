using ActorSockets.Servers;

namespace ActorSockets;

/// <content>Refusing new clients for a time.</content>
public sealed partial class SocketServer
{
    /// <summary>Endpoints that <see cref="SuspendAsync(Endpoint)"/> or <see cref="SuspendAsync()"/> keeps from taking anybody new.</summary>
    public IReadOnlyCollection<Endpoint> SuspendedEndpoints => _current?.Context.SuspendedEndpoints ?? [];

    /// <summary>
    /// Refuses new clients until they are served again by <see cref="ResumeAsync(CancellationToken)"/>; those that are there are served on
    /// (<c>asyncio.Server.close</c>), also those that wait for a place.
    /// Nothing happens where the server is not serving.
    /// </summary>
    /// <returns>A task that completes when new clients are refused.</returns>
    /// <exception cref="OperationCanceledException">The server was stopped meanwhile.</exception>
    public Task SuspendAsync() => AskAsync(Endpoints, (endpoints, done) => new ServerActor.Suspend(endpoints, done));

    /// <summary>
    /// Refuses new clients at one endpoint until they are served there again by <see cref="ResumeAsync(Endpoint, CancellationToken)"/>; the other endpoints, and whoever
    /// came in by this one, are served on. Where no endpoint is left that takes somebody, the server is <see cref="ServerState.Suspended"/>.
    /// Nothing happens where the server is not serving.
    /// </summary>
    /// <param name="endpoint">One of <see cref="Endpoints"/>.</param>
    /// <returns>A task that completes when new clients are refused there.</returns>
    /// <exception cref="ArgumentException">The server does not listen there.</exception>
    /// <exception cref="OperationCanceledException">The server was stopped meanwhile.</exception>
    public Task SuspendAsync(Endpoint endpoint) => AskAsync(Own(endpoint), (endpoints, done) => new ServerActor.Suspend(endpoints, done));

    /// <summary>Serves new clients again, on the same addresses and ports. An endpoint that somebody else has taken meanwhile is tried again with back-off.</summary>
    /// <param name="cancellationToken">Gives up waiting; the endpoints are tried on.</param>
    /// <returns>A task that completes when all endpoints are bound again, and handlers can be made (<see cref="HandlerFailure"/>).</returns>
    /// <exception cref="OperationCanceledException">The wait was given up, or the server was stopped or suspended meanwhile.</exception>
    public Task ResumeAsync(CancellationToken cancellationToken = default) =>
        AskAsync(Endpoints, (endpoints, done) => new ServerActor.Resume(endpoints, done)).WaitAsync(cancellationToken);

    /// <summary>Serves new clients at one endpoint again, on the same address and port, as <see cref="ResumeAsync(CancellationToken)"/> does at all.</summary>
    /// <param name="endpoint">One of <see cref="Endpoints"/>.</param>
    /// <param name="cancellationToken">Gives up waiting; the endpoint is tried on.</param>
    /// <returns>A task that completes when it is bound again, and handlers can be made (<see cref="HandlerFailure"/>).</returns>
    /// <exception cref="ArgumentException">The server does not listen there.</exception>
    /// <exception cref="OperationCanceledException">The wait was given up, or the server was stopped or the endpoint suspended meanwhile.</exception>
    public Task ResumeAsync(Endpoint endpoint, CancellationToken cancellationToken = default) =>
        AskAsync(Own(endpoint), (endpoints, done) => new ServerActor.Resume(endpoints, done)).WaitAsync(cancellationToken);

    private Endpoint[] Own(Endpoint endpoint)
    {
        ArgumentNullException.ThrowIfNull(endpoint);
        return Endpoints.Contains(endpoint)
            ? [endpoint]
            : throw new ArgumentException($"server '{Name}' does not listen on {endpoint}, but on {string.Join(", ", Endpoints)}", nameof(endpoint));
    }

    private async Task AskAsync(IReadOnlyCollection<Endpoint> endpoints, Func<IReadOnlyCollection<Endpoint>, TaskCompletionSource, object> message)
    {
        if (State is not (ServerState.Serving or ServerState.Suspended))
        {
            return;
        }

        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _current!.Tell(message(endpoints, done));
        await Task.WhenAny(done.Task, Completion).ConfigureAwait(false);
        if (!done.Task.IsCompleted)
        {
            throw new OperationCanceledException($"server '{Name}' was stopped meanwhile");
        }

        await done.Task.ConfigureAwait(false);
    }
}
