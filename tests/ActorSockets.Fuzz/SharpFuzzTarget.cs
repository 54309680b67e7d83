namespace ActorSockets.Fuzz;

/// <summary>A target below a fuzzer that sees which ways through the code an input takes, since SharpFuzz has put marks there.</summary>
internal static class SharpFuzzTarget
{
    // What libFuzzer's side of SharpFuzz tells its child.
    private const string OfLibFuzzer = "__LIBFUZZER_SHM_ID";

    /// <summary>Serves the fuzzer that has started this process; without one, checks what comes on standard input.</summary>
    /// <param name="target">Made by the first input: before, the marks have no memory to write to.</param>
    public static void Run(Lazy<FuzzTarget> target)
    {
        if (Environment.GetEnvironmentVariable(OfLibFuzzer) is not null)
        {
            SharpFuzz.Fuzzer.LibFuzzer.Run(data => target.Value.Check(data.ToArray()));
        }
        else
        {
            SharpFuzz.Fuzzer.Run((Stream input) =>
            {
                using var data = new MemoryStream();
                input.CopyTo(data);
                target.Value.Check(data.ToArray());
            });
        }
    }
}
