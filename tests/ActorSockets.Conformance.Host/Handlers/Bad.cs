namespace ActorSockets.Conformance.Host.Handlers;

/// <summary>Throws: an error, or what stands for Python's exiting exceptions.</summary>
internal sealed class Bad(string? what) : JournaledHandler
{
    protected override Task ServeAsync() => throw what switch
    {
        "exit" => new OperationCanceledException("as asked"),
        "error" => new InvalidOperationException("as asked"),
        _ => new ArgumentOutOfRangeException(nameof(what), what, "no such exception"),
    };
}
