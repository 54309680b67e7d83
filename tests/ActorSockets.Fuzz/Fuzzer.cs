using System.Diagnostics;

namespace ActorSockets.Fuzz;

/// <summary>Feeds a target its corpus, and then for a while what a seeded mutator makes of it. Inputs with an outcome of their own are mutated further.</summary>
/// <param name="target">What is fed.</param>
/// <param name="corpus">What to begin with.</param>
/// <param name="seed">The same seed makes the same inputs.</param>
internal sealed class Fuzzer(FuzzTarget target, IReadOnlyList<byte[]> corpus, int seed)
{
    private const int MostKept = 4096;
    private const int ShrinkingTries = 4000;

    private readonly List<byte[]> _kept = [.. corpus];
    private readonly HashSet<string> _outcomes = [];

    /// <summary>How many inputs it has fed.</summary>
    public long Inputs { get; private set; }

    /// <summary>How many of them had different outcomes.</summary>
    public int Outcomes => _outcomes.Count;

    /// <summary>Feeds all of the corpus, then mutations.</summary>
    /// <param name="time">How long they are made, at most.</param>
    /// <param name="mutations">How many, at most.</param>
    /// <exception cref="FuzzFailureException">The target failed.</exception>
    public void Run(TimeSpan time, long mutations = long.MaxValue)
    {
        var random = new Random(seed);
        var mutator = new Mutator(random, target.Words);
        foreach (var data in corpus)
        {
            Feed(data);
        }

        var clock = Stopwatch.StartNew();
        while (mutations-- > 0 && clock.Elapsed < time)
        {
            var data = mutator.Mutate(_kept[random.Next(_kept.Count)], _kept[random.Next(_kept.Count)]);
            if (Feed(data) && _kept.Count < MostKept)
            {
                _kept.Add(data);
            }
        }
    }

    /// <returns>Whether its outcome is a new one.</returns>
    private bool Feed(byte[] data)
    {
        Inputs++;
        return Try(data, out var outcome) is { } failure ? throw Shrink(data, failure) : _outcomes.Add(outcome);
    }

    private Exception? Try(byte[] data, out string outcome)
    {
        outcome = "";
        try
        {
            outcome = target.Check(data);
            return null;
        }
        catch (Exception failure)
        {
            return failure;
        }
    }

    /// <summary>Leaves out whatever the failure does not need.</summary>
    private FuzzFailureException Shrink(byte[] data, Exception failure)
    {
        var tries = ShrinkingTries;
        for (var size = data.Length / 2; size > 0; size /= 2)
        {
            for (var start = 0; start + size <= data.Length && tries-- > 0;)
            {
                byte[] without = [.. data[..start], .. data[(start + size)..]];
                if (Try(without, out _) is { } same && same.GetType() == failure.GetType())
                {
                    (data, failure) = (without, same);
                }
                else
                {
                    start += size;
                }
            }
        }

        return new FuzzFailureException(target, seed, data, failure);
    }
}
