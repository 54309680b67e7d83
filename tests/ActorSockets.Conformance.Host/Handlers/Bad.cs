namespace ActorSockets.Conformance.Host.Handlers;

/// <summary>Throws: an error, a cancellation (which is none), or what its error hook takes as the wish to stop the server.</summary>
internal sealed class Bad(string? what) : JournaledHandler
{
    protected override Task ServeAsync() => throw (what == "exit" ? new OperationCanceledException("as asked") : new InvalidOperationException("as asked"));

    // Python has exceptions that are no errors; here the hook knows which one it is.
    protected override ValueTask<ErrorDirective> OnErrorAsync(ErrorContext context) =>
        what == "stop" ? ValueTask.FromResult(ErrorDirective.StopServer) : base.OnErrorAsync(context);
}
