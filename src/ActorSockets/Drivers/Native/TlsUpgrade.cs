namespace ActorSockets.Drivers.Native;

/// <summary>
/// Where the receiving side of a connection hands over what it has received while that goes on by TLS: it receives nothing more until it is told
/// to, as the handshake does.
/// </summary>
internal sealed class TlsUpgrade
{
    private readonly TaskCompletionSource<ReadOnlyMemory<byte>?> _received = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<bool> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>What has come first; null when the connection is lost.</summary>
    public Task<ReadOnlyMemory<byte>?> Received => _received.Task;

    /// <summary>Called by the receiving side, which then waits.</summary>
    /// <param name="bytes">What has come; none at the end of the stream. They are copied.</param>
    /// <returns>False: the connection is lost, and nothing more is received.</returns>
    public Task<bool> HandOverAsync(ReadOnlyMemory<byte> bytes)
    {
        _received.TrySetResult(bytes.ToArray());
        return _done.Task;
    }

    /// <summary>The receiving side goes on.</summary>
    public void Succeed() => _done.TrySetResult(true);

    /// <summary>The connection is lost, unless it has succeeded.</summary>
    public void End()
    {
        _received.TrySetResult(null);
        _done.TrySetResult(false);
    }
}
