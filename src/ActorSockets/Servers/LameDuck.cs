namespace ActorSockets.Servers;

/// <summary>Ends connections one after the other while a server drains (<c>drain-spread</c>), so that their clients do not all come back to the next server at once.</summary>
/// <param name="connections">Those that live when it begins.</param>
/// <param name="spread">The time that it takes for all of them.</param>
/// <param name="begin">When it begins, in <see cref="Environment.TickCount64"/> milliseconds.</param>
internal sealed class LameDuck(IEnumerable<Connection> connections, TimeSpan spread, long begin)
{
    private static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(1);

    // In an order that nobody can foresee.
    private readonly List<Connection> _left = [.. Shuffled(connections)];
    private readonly int _all = connections.Count();

    /// <summary>The time until the next look, by chance; about two for each connection that is due.</summary>
    public TimeSpan NextPause => ShortestPause + (spread / Math.Max(1, _all) is var each && each < LongestPause ? each : LongestPause) * Random.Shared.NextDouble();

    /// <summary>Ends those that are due: who is idle and was told of the stop. Who is busy has its turn when it is idle.</summary>
    /// <returns>False when none is left.</returns>
    public bool EndDue(long now)
    {
        var time = spread.TotalMilliseconds;
        var left = now - begin >= time ? 0 : (int)(_all * (1 - ((now - begin) / time)));
        for (var index = _left.Count - 1; index >= 0 && _left.Count > left; index--)
        {
            if (_left[index].CloseReason is not null || (_left[index].KnowsOfStop && _left[index].IsIdle))
            {
                _left[index].EndIdle(CloseReason.ServerStopping);
                _left.RemoveAt(index);
            }
        }

        return _left.Count > 0;
    }

    private static Connection[] Shuffled(IEnumerable<Connection> connections)
    {
        var shuffled = connections.ToArray();
        Random.Shared.Shuffle(shuffled);
        return shuffled;
    }
}
