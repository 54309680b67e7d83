using System.Runtime.InteropServices;

namespace ActorSockets.Server.Running;

/// <summary>SIGTERM and SIGINT as tasks: the first asks to drain, the second is in a hurry.</summary>
internal sealed class StopSignals : IDisposable
{
    private readonly TaskCompletionSource _first = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _second = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _firstSource = new();
    private readonly PosixSignalRegistration[] _registrations;

    public StopSignals() => _registrations =
    [
        PosixSignalRegistration.Create(PosixSignal.SIGTERM, Take),
        PosixSignalRegistration.Create(PosixSignal.SIGINT, Take),
    ];

    public Task First => _first.Task;

    /// <summary>Cancelled by the first signal.</summary>
    public CancellationToken FirstToken => _firstSource.Token;

    public Task Second => _second.Task;

    public void Dispose()
    {
        foreach (var registration in _registrations)
        {
            registration.Dispose();
        }

        _firstSource.Dispose();
    }

    private void Take(PosixSignalContext context)
    {
        context.Cancel = true;
        if (_first.TrySetResult())
        {
            _firstSource.Cancel();
        }
        else
        {
            _second.TrySetResult();
        }
    }
}
