using ActorSockets.Benchmarks.Processes;

namespace ActorSockets.Benchmarks.Subjects;

/// <summary>Makes the command that starts a subject, from its source.</summary>
internal abstract class Toolchain
{
    private readonly Dictionary<string, IReadOnlyList<string>> _prepared = [];

    /// <summary>The sources, as they lie beside the program.</summary>
    protected static string Sources { get; } = Path.Combine(AppContext.BaseDirectory, "Subjects");

    /// <summary>The command, made once.</summary>
    /// <param name="folder">Where compilers write to.</param>
    /// <exception cref="ToolchainMissingException">This machine cannot make it.</exception>
    public IReadOnlyList<string> Prepare(string folder)
    {
        if (!_prepared.TryGetValue(folder, out var command))
        {
            _prepared[folder] = command = Make(folder);
        }

        return command;
    }

    protected abstract IReadOnlyList<string> Make(string folder);

    /// <exception cref="ToolchainMissingException">It is not there.</exception>
    protected static void Require(params string[] command)
    {
        if (ExternalProgram.TryRun(command, out var error) is null)
        {
            throw new ToolchainMissingException(error.Split('\n')[^1]);
        }
    }

    /// <exception cref="SubjectFailedException">The compiler is there, but does not take the source.</exception>
    protected static void Compile(params string[] command)
    {
        if (ExternalProgram.TryRun(command, out var error) is null)
        {
            throw new SubjectFailedException($"does not compile: {error}");
        }
    }
}
