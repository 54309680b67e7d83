using System.Runtime.InteropServices;

namespace ActorSockets.Server.Running;

/// <summary>SIGTERM and SIGINT as tasks: the first asks to drain, the second is in a hurry.</summary>
internal sealed class StopSignals : IDisposable
{
    private static readonly TimeSpan HurryTimeout = TimeSpan.FromSeconds(1);

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

    private static void ExitSoon()
    {
        Thread.Sleep(HurryTimeout);
        Environment.Exit(ExitCode.Success);
    }

    private void Take(PosixSignalContext context)
    {
        context.Cancel = true;
        if (_first.TrySetResult())
        {
            _firstSource.Cancel();
        }
        else if (_second.TrySetResult())
        {
            // Handlers that block may hold all threads of the pool, and with them the orderly way out.
            new Thread(ExitSoon) { IsBackground = true }.Start();
        }
    }
}
