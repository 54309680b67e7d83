namespace ActorSockets.Fuzz;

/// <summary>Where a stream is cut: offsets in rising order, some of them twice.</summary>
internal static class Cuts
{
    private const int Most = 12;

    public static int[] Random(Random random, int length)
    {
        var cuts = new int[random.Next(Most + 1)];
        for (var index = 0; index < cuts.Length; index++)
        {
            cuts[index] = random.Next(length + 1);
        }

        Array.Sort(cuts);
        return cuts;
    }

    public static int[] Everywhere(int length) => [.. Enumerable.Range(0, length + 1)];
}
