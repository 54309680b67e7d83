using System.Collections.Concurrent;

namespace ActorSockets.Tests.Faults;

/// <summary>Has a handler throw in one place, for whoever comes while it is set.</summary>
/// <param name="place">Where.</param>
/// <param name="most">How often, at most.</param>
internal sealed class Trap(string place, int most = int.MaxValue)
{
    // What must fail so that the place is come to at all.
    private readonly string? _before = place is "error hook" or "PreRestart" or "PostRestart" ? "handle" : null;

    private volatile bool _isSet;
    private int _sprung;

    /// <summary>How often it has thrown.</summary>
    public int Sprung => Volatile.Read(ref _sprung);

    /// <summary>Who was told the end.</summary>
    public ConcurrentQueue<string> Ended { get; } = new();

    public void Set() => _isSet = true;

    public void Disarm() => _isSet = false;

    /// <summary>The handler has come to this place.</summary>
    /// <exception cref="InvalidOperationException">It is the one.</exception>
    public void At(string here)
    {
        if (!_isSet || (here != place && here != _before) || Sprung >= most)
        {
            return;
        }

        if (here == place && Interlocked.Increment(ref _sprung) == most)
        {
            Disarm();
        }

        throw new InvalidOperationException($"asked to: {here}");
    }
}
