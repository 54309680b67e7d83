using ActorSockets.Benchmarks.Processes;
using ActorSockets.Benchmarks.Subjects;

namespace ActorSockets.Benchmarks.Load;

/// <summary>The load generator, compiled on this machine; it runs on the second core.</summary>
internal sealed class LoadGenerator
{
    private const int Core = 1;

    private readonly string _program;

    private LoadGenerator(string program, bool hasTls) => (_program, HasTls) = (program, hasTls);

    /// <summary>False where OpenSSL's headers are missing.</summary>
    public bool HasTls { get; }

    /// <exception cref="ToolchainMissingException">There is no C compiler; nothing can be measured.</exception>
    public static LoadGenerator Build(BuildFolder folder)
    {
        var program = Path.Combine(folder.Path, "load");
        string[] command = ["gcc", "-O2", "-std=gnu11", "-o", program, .. Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "Load"), "*.c")];
        if (ExternalProgram.TryRun([.. command, "-DWITH_TLS", "-lssl", "-lcrypto"], out _) is not null)
        {
            return new LoadGenerator(program, hasTls: true);
        }

        return ExternalProgram.TryRun(command, out var error) is not null
            ? new LoadGenerator(program, hasTls: false)
            : throw new ToolchainMissingException($"the load generator cannot be compiled: {error}");
    }

    /// <summary>Starts it; it warms the server up and waits.</summary>
    public LoadRun Start(string endpoint, IEnumerable<string> load, double warmup, double seconds) =>
        new(PinnedProcess.Start(Core, [_program, .. load, FormattableString.Invariant($"--warmup={warmup}"), FormattableString.Invariant($"--seconds={seconds}"), endpoint]), warmup, seconds);
}
