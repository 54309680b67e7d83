using System.Globalization;

namespace ActorSockets.Fuzz;

/// <summary>The command line.</summary>
internal static class FuzzCommand
{
    private const int Succeeded = 0;
    private const int Failed = 1;
    private const int Misused = 2;

    public static int Run(string[] arguments)
    {
        try
        {
            switch (arguments)
            {
                case ["list"]:
                    Console.WriteLine(string.Join('\n', TargetCatalog.All.Select(target => target.Name)));
                    return Succeeded;
                case ["run", var name, .. var options]:
                    return Run(TargetCatalog.Of(name), Options(options));
                case ["check", var name, .. { Length: > 0 } files]:
                    return Check(Only(name), files);
                case ["sharpfuzz", var name]:
                    SharpFuzzTarget.Run(new Lazy<FuzzTarget>(() => Only(name)));
                    return Succeeded;
                default:
                    Console.WriteLine(Help.Text);
                    return arguments is [] or ["--help"] ? Succeeded : Misused;
            }
        }
        catch (Exception exception) when (exception is ArgumentException or FormatException or OverflowException)
        {
            Console.Error.WriteLine(exception.Message);
            return Misused;
        }
    }

    private static int Run(IReadOnlyList<FuzzTarget> targets, Dictionary<string, string> options)
    {
        var time = TimeSpan.FromSeconds(Number(options, "seconds", 60)) / targets.Count;
        var seed = Number(options, "seed", Environment.TickCount);
        var findings = options.GetValueOrDefault("findings", "artifacts/fuzz");
        var failed = 0;
        foreach (var target in targets)
        {
            var fuzzer = new Fuzzer(target, Corpus.Of(target), seed);
            try
            {
                fuzzer.Run(time);
                Console.WriteLine($"{target.Name}: {fuzzer.Inputs} inputs with {fuzzer.Outcomes} outcomes, none of them wrong (seed {seed})");
            }
            catch (FuzzFailureException failure)
            {
                failed++;
                Console.WriteLine(failure.Message);
                Keep(failure.Bytes, Path.Combine(findings, target.Name));
            }
        }

        return failed == 0 ? Succeeded : Failed;
    }

    private static int Check(FuzzTarget target, string[] files)
    {
        var failed = 0;
        foreach (var file in files)
        {
            try
            {
                Console.WriteLine($"{file}: {target.Check(File.ReadAllBytes(file))}");
            }
            catch (Exception failure)
            {
                failed++;
                Console.WriteLine($"{file}: {failure}");
            }
        }

        return failed == 0 ? Succeeded : Failed;
    }

    private static void Keep(byte[] bytes, string directory)
    {
        Directory.CreateDirectory(directory);
        var file = Path.Combine(directory, $"failure-{Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(bytes))[..12]}");
        File.WriteAllBytes(file, bytes);
        Console.WriteLine($"kept as {file}");
    }

    private static FuzzTarget Only(string name) => TargetCatalog.Of(name) is [var target] ? target : throw new ArgumentException("one target at a time");

    private static Dictionary<string, string> Options(string[] arguments)
    {
        string[] known = ["seconds", "seed", "findings"];
        var options = arguments.Select(argument => argument.Split('=', 2)).ToList();
        return options.Find(option => option is not [['-', '-', .. var name], _] || !known.Contains(name)) is { } wrong
            ? throw new ArgumentException($"'{string.Join('=', wrong)}' is none of {string.Join(", ", known.Select(name => $"--{name}=…"))}")
            : options.ToDictionary(option => option[0][2..], option => option[1]);
    }

    private static int Number(Dictionary<string, string> options, string name, int otherwise) =>
        options.TryGetValue(name, out var value) ? int.Parse(value, CultureInfo.InvariantCulture) : otherwise;
}
