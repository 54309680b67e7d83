var target = Argument("target", "Default");
var configuration = Argument("configuration", "Release");

const string Solution = "./ActorSockets.sln";
const string Artifacts = "./artifacts";
const string Benchmarks = "./tests/ActorSockets.Benchmarks/ActorSockets.Benchmarks.csproj";

Task("Clean")
    .Description("Deletes everything that a build makes.")
    .Does(() =>
{
    CleanDirectory(Artifacts);
    CleanDirectories("./src/*/bin");
    CleanDirectories("./src/*/obj");
    CleanDirectories("./tests/*/bin");
    CleanDirectories("./tests/*/obj");
});

Task("Build")
    .Description("Builds the whole solution.")
    .Does(() =>
{
    DotNetBuild(Solution, new DotNetBuildSettings { Configuration = configuration });
});

Task("Test")
    .Description("Runs all tests.")
    .IsDependentOn("Build")
    .Does(() =>
{
    DotNetTest(Solution, new DotNetTestSettings { Configuration = configuration, NoBuild = true });
});

Task("Format")
    .Description("Fails where dotnet format would change a file; changes nothing.")
    .Does(() =>
{
    DotNetFormat(Solution, new DotNetFormatSettings { VerifyNoChanges = true });
});

Task("Pack")
    .Description("Packs the packable projects, with symbols, into artifacts/.")
    .IsDependentOn("Build")
    .Does(() =>
{
    // Packages of an earlier version must not be published along with the new ones.
    CleanDirectory(Artifacts);

    // On the solution: each project says by itself whether it is packable.
    DotNetPack(Solution, new DotNetPackSettings
    {
        Configuration = configuration,
        NoBuild = true,
        OutputDirectory = Artifacts,
    });
});

Task("Bench")
    .Description("Measures what a message costs, beside other servers; takes the arguments of tests/ActorSockets.Benchmarks. Results go into artifacts/bench.")
    .Does(() =>
{
    string[] own = ["target", "configuration"];
    var arguments = Context.Arguments.GetArguments()
        .Where(argument => !own.Contains(argument.Key))
        .SelectMany(argument => argument.Value.Select(value => $"--{argument.Key}={value}".Quote()));
    DotNetRun(Benchmarks, string.Join(' ', arguments), new DotNetRunSettings { Configuration = "Release" });
});

Task("Faults")
    .Description("Runs all tests of faults, also those that make network namespaces, for which it takes root on Linux.")
    .IsDependentOn("Build")
    .Does(() =>
{
    DotNetTest(Solution, new DotNetTestSettings
    {
        Configuration = configuration,
        NoBuild = true,
        Filter = "Category=Faults",
        EnvironmentVariables = new Dictionary<string, string> { ["ACTORSOCKETS_PRIVILEGED"] = "1" },

        // One project after the other: each has the machine to itself.
        ArgumentCustomization = arguments => arguments.Append("-m:1"),
    });
});

Task("Soak")
    .Description("Has the program serve all kinds of endpoints for 30 minutes (--minutes=N), and fails where its memory grows or anything comes back wrong.")
    .IsDependentOn("Build")
    .Does(() =>
{
    var exit = StartProcess("python3", $"tests/soak/soak.py --minutes={Argument("minutes", 30)} --driver={Argument("driver", "native")}");
    if (exit != 0)
    {
        throw new CakeException($"the soak has failed: exit {exit}");
    }
});

Task("Default")
    .IsDependentOn("Build")
    .IsDependentOn("Test");

RunTarget(target);
