namespace ActorSockets.Fuzz;

/// <summary>What the program tells about itself.</summary>
internal static class Help
{
    public const string Text = """
        Feeds the frame readers and the PROXY protocol's parser with bytes that nobody sends by accident, and checks
        that they keep what they promise: the same frames however the bytes arrive and lie in memory, no exception but
        the declared ones, no frame above its limit, nothing taken that is not the frame's, and what is written is read
        back. The outcome depends on the bytes alone.

          list                                        the targets
          run <target|all> [--seconds=60] [--seed=S] [--findings=artifacts/fuzz]
                                                      mutates the corpus, without a fuzzer; with 'all' the time is shared
          check <target> FILE...                      feeds these files
          sharpfuzz <target>                          below a fuzzer, see below; without one, feeds standard input

        For hours by hand:

          dotnet run -c Release --project tests/ActorSockets.Fuzz -- run all --seconds=14400

        Below a fuzzer that sees which ways through the code an input takes. SharpFuzz puts marks into the library:

          dotnet tool install --global SharpFuzz.CommandLine --version 2.3.0
          dotnet publish tests/ActorSockets.Fuzz -c Release -o artifacts/fuzz/bin
          sharpfuzz artifacts/fuzz/bin/ActorSockets.dll ActorSockets.Framing ActorSockets.ProxyProtocol ActorSockets.Drivers.Native.ProxyHeaderReader

        by afl-fuzz (AFL++, on Debian: apt install afl++):

          export DOTNET_TieredCompilation=0 AFL_SKIP_BIN_CHECK=1
          afl-fuzz -i artifacts/fuzz/bin/Corpus/lines -o artifacts/fuzz/afl-lines -t 5000 -m none -- dotnet artifacts/fuzz/bin/ActorSockets.Fuzz.dll sharpfuzz lines

        or by libFuzzer, with https://github.com/Metalnem/libfuzzer-dotnet:

          libfuzzer-dotnet --target_path=dotnet --target_arg="artifacts/fuzz/bin/ActorSockets.Fuzz.dll sharpfuzz lines" artifacts/fuzz/bin/Corpus/lines

        Whatever fails belongs into tests/ActorSockets.Fuzz/Corpus/<target>, where the tests feed it from then on.
        """;
}
