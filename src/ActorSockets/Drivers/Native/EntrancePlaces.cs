namespace ActorSockets.Drivers.Native;

/// <summary>The places of one endpoint for connections that must say something first: more clients than that wait in the kernel's queue.</summary>
internal sealed class EntrancePlaces() : SemaphoreSlim(Most)
{
    private const int Most = 1000;

    /// <summary>Waits until one is free, and does not take it.</summary>
    /// <exception cref="OperationCanceledException">The wait was given up.</exception>
    public async Task WhenOneIsFreeAsync(CancellationToken cancellationToken)
    {
        await WaitAsync(cancellationToken).ConfigureAwait(false);
        Release();
    }
}
