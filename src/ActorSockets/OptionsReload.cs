namespace ActorSockets;

/// <summary>Options that a server shall have, checked and not yet in force (<see cref="SocketServer.PrepareReload"/>).</summary>
public sealed class OptionsReload
{
    private readonly Action _apply;

    internal OptionsReload(IReadOnlyList<string> changed, IReadOnlyList<string> later, Action apply) => (Changed, AtNextStart, _apply) = (changed, later, apply);

    /// <summary>The keys of what changes as soon as it is applied, for all connections or for new ones.</summary>
    public IReadOnlyList<string> Changed { get; }

    /// <summary>The keys of what changes when the server is started next.</summary>
    public IReadOnlyList<string> AtNextStart { get; }

    /// <summary>Puts them in force.</summary>
    public void Apply() => _apply();
}
