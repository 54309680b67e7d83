using System.Globalization;
using ActorSockets.Benchmarks.Processes;
using ActorSockets.Benchmarks.Subjects;
using ActorSockets.Benchmarks.Workloads;

namespace ActorSockets.Benchmarks.Measuring;

/// <summary>
/// All measurements. The subjects of a workload take turns, and all of that is done again in each round, so that what
/// changes on the machine while it goes on changes for all of them; another of them begins in each round, so that what
/// the one before leaves behind meets all of them as well.
/// </summary>
internal sealed class Benchmark(Measurement measurement, IReadOnlyList<Workload> workloads, IReadOnlyList<Subject> subjects, Results results)
{
    /// <param name="atATime">1 to measure; more to see whether it works.</param>
    public async Task RunAsync(int rounds, int atATime, CancellationToken cancellationToken)
    {
        for (var round = 1; round <= rounds; round++)
        {
            var pairs = workloads.SelectMany(workload => InTurn(round, workload).Select(subject => (workload, subject)));
            var options = new ParallelOptions { MaxDegreeOfParallelism = atATime, CancellationToken = cancellationToken };
            await Parallel.ForEachAsync(pairs, options, async (pair, stop) => await RunAsync(pair.workload, pair.subject, round, stop));
        }
    }

    private IEnumerable<Subject> InTurn(int round, Workload workload)
    {
        var serving = subjects.Where(subject => (subject.Services & workload.Services) != 0).ToList();
        var first = serving.Count == 0 ? 0 : (round - 1) % serving.Count;
        return [.. serving[first..], .. serving[..first]];
    }

    private async Task RunAsync(Workload workload, Subject subject, int round, CancellationToken cancellationToken)
    {
        var name = $"{subject.Name}, {workload.Name}";
        try
        {
            var runs = await measurement.RunAsync(workload, subject, round, cancellationToken);
            results.Add(runs);
            Say(round, name, string.Create(CultureInfo.InvariantCulture, $"{runs[0].Cost:0.00} {workload.Unit}"));
        }
        catch (ToolchainMissingException exception)
        {
            // A driver that is unknown is unknown to every workload.
            if (results.LeaveOut(subject.Name, exception.Message))
            {
                Say(round, name, $"left out: {exception.Message}");
            }
        }
        catch (SubjectFailedException exception)
        {
            results.Fail($"{name}, round {round}", exception.Message);
            Say(round, name, $"FAILED: {exception.Message}");
        }
    }

    private static void Say(int round, string name, string outcome) => Console.WriteLine($"round {round}  {name}: {outcome}");
}
