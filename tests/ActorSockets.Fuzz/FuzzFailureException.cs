namespace ActorSockets.Fuzz;

/// <summary>Bytes that a target does not stand; the message says how to have the failure again.</summary>
/// <param name="target">Which target.</param>
/// <param name="seed">What the run began with.</param>
/// <param name="data">The bytes.</param>
/// <param name="failure">What it did.</param>
internal sealed class FuzzFailureException(FuzzTarget target, int seed, byte[] data, Exception failure) : Exception(
    $"{target.Name} with seed {seed}: {failure.GetType().Name}: {failure.Message}; the {data.Length} bytes, which belong into Corpus/{target.Name}: {Convert.ToHexString(data)}", failure)
{
    /// <summary>The bytes, as few as were found.</summary>
    public byte[] Bytes => data;
}
