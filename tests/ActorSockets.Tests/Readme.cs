namespace ActorSockets.Tests;

/// <summary>The README, and the samples in the tests' sources that it shows.</summary>
internal static class Readme
{
    public static string Text { get; } = Read("README.md");

    /// <summary>The fenced blocks of one language.</summary>
    public static IReadOnlyList<string> Blocks(string language) =>
        [.. Text.Split($"```{language}\n").Skip(1).Select(rest => rest.Split("```")[0])];

    /// <summary>What stands in the README regions of each sample, or the whole file where it has none.</summary>
    public static IReadOnlyList<string> Samples() =>
        [.. typeof(Readme).Assembly.GetManifestResourceNames().Where(name => name.EndsWith(".cs", StringComparison.Ordinal)).Select(Read).Select(Shown)];

    private static string Shown(string source)
    {
        if (!source.Contains("#region README", StringComparison.Ordinal))
        {
            return source;
        }

        var lines = source.Split("#region README").Skip(1)
            .SelectMany(rest => rest.Split("#endregion")[0].Split('\n')[1..^1]).ToList();
        var indentation = lines.Where(line => line.Length > 0).Min(line => line.Length - line.TrimStart().Length);
        return string.Concat(lines.Select(line => (line.Length == 0 ? line : line[indentation..]) + "\n"));
    }

    private static string Read(string resource)
    {
        using var reader = new StreamReader(typeof(Readme).Assembly.GetManifestResourceStream(resource)!);
        return reader.ReadToEnd();
    }
}
