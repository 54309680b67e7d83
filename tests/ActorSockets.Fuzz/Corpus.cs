namespace ActorSockets.Fuzz;

/// <summary>The inputs that are kept for each target: examples of all that it knows, and whatever has ever been read wrong.</summary>
internal static class Corpus
{
    /// <summary>Where they are, beside the program.</summary>
    public static string Directory { get; } = Path.Combine(AppContext.BaseDirectory, nameof(Corpus));

    /// <summary>Those of a target, in the order of their names.</summary>
    public static IReadOnlyList<byte[]> Of(FuzzTarget target) =>
        [.. System.IO.Directory.GetFiles(Path.Combine(Directory, target.Name)).Order(StringComparer.Ordinal).Select(File.ReadAllBytes)];
}
