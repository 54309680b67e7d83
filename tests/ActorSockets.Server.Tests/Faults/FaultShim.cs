using System.Diagnostics;
using ActorSockets.Server.Tests.Support;

namespace ActorSockets.Server.Tests.Faults;

/// <summary>The library that is preloaded into the program to make its system calls fail: compiled at first use.</summary>
internal static class FaultShim
{
    private static readonly Lazy<Task<string>> Compiled = new(CompileAsync);

    /// <summary>Its path; the test is skipped where nothing can compile it.</summary>
    public static Task<string> PathAsync()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "LD_PRELOAD is Linux'");
        ExternalProgram.Require("gcc");
        return Compiled.Value;
    }

    private static async Task<string> CompileAsync()
    {
        // No test knows that it is the last one.
        var directory = Directory.CreateTempSubdirectory("actor-sockets-shim-");
        AppDomain.CurrentDomain.ProcessExit += (_, _) => directory.Delete(recursive: true);
        var path = Path.Combine(directory.FullName, "faults.so");
        var sources = Directory.GetFiles(Path.Combine(Build.RepositoryRoot, "tests/ActorSockets.Server.Tests/Faults/shim"), "*.c");
        using var gcc = Process.Start(new ProcessStartInfo("gcc", ["-O2", "-Wall", "-Wextra", "-shared", "-fPIC", "-o", path, .. sources]) { RedirectStandardError = true })!;
        var error = await gcc.StandardError.ReadToEndAsync().WaitAsync(Deadline.Long);
        await gcc.WaitForExitAsync();
        Assert.True(gcc.ExitCode == 0, error);
        return path;
    }
}
