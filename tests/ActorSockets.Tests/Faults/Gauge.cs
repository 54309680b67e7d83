namespace ActorSockets.Tests.Faults;

/// <summary>How many are in at once at the most, whoever comes and goes on whatever thread.</summary>
internal sealed class Gauge
{
    private int _now;
    private int _most;

    public int Most => Volatile.Read(ref _most);

    public void Enter()
    {
        var now = Interlocked.Increment(ref _now);
        for (var most = Most; now > most;)
        {
            var found = Interlocked.CompareExchange(ref _most, now, most);
            most = found == most ? now : found;
        }
    }

    public void Leave() => Interlocked.Decrement(ref _now);
}
