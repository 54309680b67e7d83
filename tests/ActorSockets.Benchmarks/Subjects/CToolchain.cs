namespace ActorSockets.Benchmarks.Subjects;

/// <summary>A C program.</summary>
internal sealed class CToolchain(string source) : Toolchain
{
    protected override IReadOnlyList<string> Make(string folder)
    {
        var program = Path.Combine(folder, "echo-c");
        Require("gcc", "--version");
        Compile("gcc", "-O2", "-o", program, Path.Combine(Sources, "C", source));
        return [program];
    }
}
