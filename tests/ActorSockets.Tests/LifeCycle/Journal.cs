using System.Collections.Concurrent;

namespace ActorSockets.Tests.LifeCycle;

/// <summary>The callbacks of each connection, in the order in which they came, and whether two ever came at the same time.</summary>
internal sealed class Journal
{
    private readonly ConcurrentDictionary<string, Entry> _entries = new();

    public IReadOnlyDictionary<string, string[]> Callbacks => _entries.ToDictionary(entry => entry.Key, entry => entry.Value.Callbacks.ToArray());

    /// <summary>Notes a callback, and does its work with nobody else inside.</summary>
    public void Note(Connection connection, string callback, Action? work = null)
    {
        var entry = _entries.GetOrAdd(connection.Id, _ => new Entry());
        if (Interlocked.Increment(ref entry.Inside) != 1)
        {
            entry.Callbacks.Enqueue("two at a time");
        }

        try
        {
            entry.Callbacks.Enqueue(callback);
            work?.Invoke();
        }
        finally
        {
            Interlocked.Decrement(ref entry.Inside);
        }
    }

    private sealed class Entry
    {
        public int Inside;

        public ConcurrentQueue<string> Callbacks { get; } = new();
    }
}
