using ActorSockets.Benchmarks.Processes;

namespace ActorSockets.Benchmarks.Subjects;

/// <summary>A Python program, for the first interpreter that has its module.</summary>
internal sealed class PythonToolchain(string source, string module, params string[] arguments) : Toolchain
{
    // The distribution's own comes first, as it sees the distribution's packages, and as all Python subjects shall run on the same.
    private static readonly string[] Interpreters = ["/usr/bin/python3", "python3"];

    protected override IReadOnlyList<string> Make(string folder)
    {
        var interpreter = Interpreters.FirstOrDefault(candidate => ExternalProgram.TryRun([candidate, "-c", $"import {module}"], out _) is not null)
            ?? throw new ToolchainMissingException($"no python3 with {module}");
        return [interpreter, Path.Combine(Sources, "Python", source), .. arguments];
    }
}
