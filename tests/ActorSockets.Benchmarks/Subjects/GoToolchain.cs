namespace ActorSockets.Benchmarks.Subjects;

/// <summary>A Go program.</summary>
internal sealed class GoToolchain(string source) : Toolchain
{
    protected override IReadOnlyList<string> Make(string folder)
    {
        var program = Path.Combine(folder, "echo-go");
        Require("go", "version");
        Compile("go", "build", "-o", program, Path.Combine(Sources, "Go", source));
        return [program];
    }
}
