using System.Runtime.InteropServices;
using Microsoft.Extensions.Hosting;

namespace ActorSockets.Server.Running;

/// <summary>
/// SIGTERM, SIGINT and SIGQUIT: the first asks the host to stop, the second is in a hurry. The lifetime that a host has by itself takes no
/// notice of a second one, which would leave an operator with SIGKILL while a long drain is under way.
/// </summary>
internal sealed class StopSignals : IHostLifetime, IDisposable
{
    private static readonly TimeSpan HurryTimeout = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _first = new();
    private readonly TaskCompletionSource _second = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly PosixSignalRegistration[] _registrations;
    private int _taken;

    // Not as late as WaitForStartAsync: host and actor system are made before.
    public StopSignals() => _registrations =
    [
        PosixSignalRegistration.Create(PosixSignal.SIGTERM, Take),
        PosixSignalRegistration.Create(PosixSignal.SIGINT, Take),
        PosixSignalRegistration.Create(PosixSignal.SIGQUIT, Take),
    ];

    /// <summary>Cancelled by the first signal.</summary>
    public CancellationToken First => _first.Token;

    public Task Second => _second.Task;

    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose()
    {
        foreach (var registration in _registrations)
        {
            registration.Dispose();
        }

        _first.Dispose();
    }

    private static void ExitSoon()
    {
        Thread.Sleep(HurryTimeout);
        Environment.Exit(ExitCode.Success);
    }

    private void Take(PosixSignalContext context)
    {
        context.Cancel = true;
        if (Interlocked.Increment(ref _taken) == 1)
        {
            _first.Cancel();
        }
        else if (_second.TrySetResult())
        {
            // Handlers that block may hold all threads of the pool, and with them the orderly way out.
            new Thread(ExitSoon) { IsBackground = true }.Start();
        }
    }
}
