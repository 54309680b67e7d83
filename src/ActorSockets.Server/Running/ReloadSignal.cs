using System.Runtime.InteropServices;

namespace ActorSockets.Server.Running;

/// <summary>SIGHUP: the configuration file is to be read again. Asked for too early, it is done as soon as it can be.</summary>
internal sealed class ReloadSignal : IDisposable
{
    private readonly Lock _gate = new();
    private readonly PosixSignalRegistration _registration;
    private Action? _reload;
    private bool _isDue;

    // Not when there is something to reload: until then the signal would end the process.
    public ReloadSignal() => _registration = PosixSignalRegistration.Create(PosixSignal.SIGHUP, context =>
    {
        context.Cancel = true;
        lock (_gate)
        {
            _isDue = true;
            RunIfDue();
        }
    });

    /// <summary>Has this done for each signal, one at a time.</summary>
    public void Serve(Action reload)
    {
        lock (_gate)
        {
            _reload = reload;
            RunIfDue();
        }
    }

    public void Dispose() => _registration.Dispose();

    private void RunIfDue()
    {
        if (_isDue && _reload is { } reload)
        {
            _isDue = false;
            reload();
        }
    }
}
