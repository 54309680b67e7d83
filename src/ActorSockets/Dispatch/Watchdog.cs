namespace ActorSockets.Dispatch;

/// <summary>Looks after the threads that run turns: a handler that blocks one must not hold up the others' work.</summary>
internal static class Watchdog
{
    /// <summary>How often it looks, in milliseconds; a thread that is in the same turn as one look ago is held up.</summary>
    public const int Interval = 100;

    private static readonly Lock Gate = new();
    private static readonly List<WeakReference<Turn>> Watched = [];

    static Watchdog() => new Thread(Run) { IsBackground = true, Name = "actor-sockets-watchdog" }.Start();

    public static void Watch(Turn turn)
    {
        lock (Gate)
        {
            Watched.Add(new WeakReference<Turn>(turn));
        }
    }

    private static void Run()
    {
        while (true)
        {
            Thread.Sleep(Interval);
            foreach (var turn in Alive())
            {
                turn.Look();
            }
        }
    }

    private static List<Turn> Alive()
    {
        lock (Gate)
        {
            var alive = new List<Turn>(Watched.Count);
            Watched.RemoveAll(reference =>
            {
                var isAlive = reference.TryGetTarget(out var turn);
                if (isAlive)
                {
                    alive.Add(turn!);
                }

                return !isAlive;
            });
            return alive;
        }
    }
}
