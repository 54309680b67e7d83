using System.Collections.Concurrent;

namespace ActorSockets.Server.Output;

/// <summary>
/// Standard output for log lines, written by a thread of its own. Whoever logs neither waits for it nor fails with it: where nobody reads it, or
/// its disk is full, lines are lost and counted, and everything else goes on.
/// </summary>
internal static class LogOutput
{
    // So many lines wait while it is slow.
    private const int Capacity = 4096;

    // At the end of the process, for whoever reads slowly.
    private static readonly TimeSpan LastMoment = TimeSpan.FromSeconds(1);

    private static readonly BlockingCollection<string> Waiting = new(Capacity);
    private static readonly Thread Writer = Start();
    private static long _lost;

    public static void Write(string text)
    {
        try
        {
            if (!Waiting.TryAdd(text))
            {
                Interlocked.Increment(ref _lost);
            }
        }
        catch (InvalidOperationException)
        {
            // After the end.
        }
    }

    private static Thread Start()
    {
        var writer = new Thread(WriteAll) { IsBackground = true, Name = "actor-sockets-log" };
        writer.Start();
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Finish();
        return writer;
    }

    private static void Finish()
    {
        Waiting.CompleteAdding();
        Writer.Join(LastMoment);
    }

    private static void WriteAll()
    {
        foreach (var text in Waiting.GetConsumingEnumerable())
        {
            if (!TryWrite(text))
            {
                Interlocked.Increment(ref _lost);
            }
            else if (Interlocked.Exchange(ref _lost, 0) is > 0 and var lost && !TryWrite(LogLine.Format(DateTime.UtcNow, "WARN", $"{lost} lines were lost: standard output did not take them")))
            {
                Interlocked.Add(ref _lost, lost);
            }
        }
    }

    private static bool TryWrite(string text)
    {
        try
        {
            // In one piece: others write, too.
            Console.Out.WriteLine(text);
            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ObjectDisposedException)
        {
            return false;
        }
    }
}
