using System.Globalization;
using ActorSockets.Fuzz;

namespace ActorSockets.Tests.Fuzzing;

/// <summary>
/// All parsers, fed with what is kept for them and with what a seeded mutator makes of it. For longer, set <c>ACTORSOCKETS_FUZZ_SECONDS</c>; to repeat
/// a run, <c>ACTORSOCKETS_FUZZ_SEED</c>. For hours there is the program <c>ActorSockets.Fuzz</c>.
/// </summary>
[Trait("Category", "Faults")]
public sealed class FuzzTests
{
    private const int Mutations = 1000;

    // On a machine that has other things to do, fewer are fed rather than longer.
    private static readonly TimeSpan Time = TimeSpan.FromSeconds(1);

    public static TheoryData<string> Targets => [.. TargetCatalog.All.Select(target => target.Name)];

    [Theory]
    [MemberData(nameof(Targets))]
    public void A_parser_keeps_what_it_promises_whatever_it_is_fed_with(string name)
    {
        var target = TargetCatalog.Of(name)[0];
        var corpus = Corpus.Of(target);
        var fuzzer = new Fuzzer(target, corpus, Setting("ACTORSOCKETS_FUZZ_SEED") ?? Environment.TickCount);

        if (Setting("ACTORSOCKETS_FUZZ_SECONDS") is { } seconds)
        {
            fuzzer.Run(TimeSpan.FromSeconds(seconds) / TargetCatalog.All.Count);
        }
        else
        {
            fuzzer.Run(Time, Mutations);
        }

        Assert.InRange(fuzzer.Inputs, corpus.Count + 1, long.MaxValue);
        Assert.InRange(fuzzer.Outcomes, 3, fuzzer.Inputs);
    }

    [Fact]
    public void Each_target_has_a_corpus_and_each_corpus_a_target() =>
        Assert.Equal(TargetCatalog.All.Select(target => target.Name).Order(), Directory.GetDirectories(Corpus.Directory).Select(directory => Path.GetFileName(directory)).Order());

    private static int? Setting(string name) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? int.Parse(value, CultureInfo.InvariantCulture) : null;
}
