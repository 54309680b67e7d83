using ActorSockets.Benchmarks.Load;
using ActorSockets.Benchmarks.Measuring;
using ActorSockets.Benchmarks.Subjects;
using ActorSockets.Benchmarks.Workloads;

namespace ActorSockets.Benchmarks.Commands;

/// <summary>What of the catalogues is asked for, and possible on this machine.</summary>
internal static class Selection
{
    // Beside its connections a process has a few files of its own.
    private const int OtherDescriptors = 200;

    public static IReadOnlyList<Workload> Workloads(string[] names, LoadGenerator load, BuildFolder folder, Results results)
    {
        var chosen = WorkloadCatalog.All.Where(workload => names.Length == 0 || names.Contains(workload.Name)).ToList();
        foreach (var unknown in names.Except(WorkloadCatalog.All.Select(workload => workload.Name)))
        {
            results.Fail(unknown, "there is no such workload");
        }

        foreach (var workload in chosen.ToList())
        {
            if (Obstacle(workload, load, folder) is { } obstacle)
            {
                results.LeaveOut(workload.Title, obstacle);
                chosen.Remove(workload);
            }
        }

        return chosen;
    }

    public static IReadOnlyList<Subject> Subjects(string[] parts, Results results)
    {
        foreach (var unknown in parts.Where(part => !SubjectCatalog.All.Any(subject => IsNamed(subject, part))))
        {
            results.Fail(unknown, "there is no such subject");
        }

        return [.. SubjectCatalog.All.Where(subject => parts.Length == 0 || parts.Any(part => IsNamed(subject, part)))];
    }

    private static bool IsNamed(Subject subject, string part) => subject.Name.Contains(part, StringComparison.OrdinalIgnoreCase);

    private static string? Obstacle(Workload workload, LoadGenerator load, BuildFolder folder) => workload switch
    {
        { Scheme: "tls" } when !load.HasTls => "the headers of OpenSSL are not there",
        { Scheme: "tls" } when !folder.HasCertificate => "the program openssl is not there",
        { IdleConnections: > 0 } when Descriptors() < workload.IdleConnections + OtherDescriptors => $"only {Descriptors()} descriptors are allowed",
        _ => null,
    };

    private static int Descriptors()
    {
        // Soft limit, hard limit; the runtime has raised the one to the other.
        var limits = File.ReadLines("/proc/self/limits").Single(line => line.StartsWith("Max open files", StringComparison.Ordinal));
        return int.TryParse(limits.Split(' ', StringSplitOptions.RemoveEmptyEntries)[3], out var limit) ? limit : int.MaxValue;
    }
}
