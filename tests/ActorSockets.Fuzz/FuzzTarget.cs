namespace ActorSockets.Fuzz;

/// <summary>Something of ours that reads what others send, and what it promises for any bytes.</summary>
/// <param name="name">The name of its corpus.</param>
internal abstract class FuzzTarget(string name)
{
    /// <summary>Lower case, with hyphens.</summary>
    public string Name => name;

    /// <summary>What its bytes are made of, for the mutator: what would seldom arise by chance.</summary>
    public virtual IReadOnlyList<byte[]> Words => [];

    /// <summary>Feeds it the bytes in several ways, which depend on the bytes alone, so that a failure can be had again from them.</summary>
    /// <returns>What came of it, in a few words: bytes with another outcome than any before are worth going on from.</returns>
    /// <exception cref="BrokenPromiseException">It does not keep what it promises. Any other exception is one that it must not throw.</exception>
    public string Check(byte[] data) => Check(data, new Random(Hash(data)));

    /// <inheritdoc cref="Check(byte[])"/>
    protected abstract string Check(byte[] data, Random random);

    private static int Hash(byte[] data)
    {
        var hash = 2166136261;
        foreach (var value in data)
        {
            hash = (hash ^ value) * 16777619;
        }

        return (int)hash;
    }
}
