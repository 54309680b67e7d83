using System.Diagnostics;
using ActorSockets.Server.Tests.Support;

namespace ActorSockets.Server.Tests.Faults;

/// <summary>Nobody takes what the program writes to standard output.</summary>
[Trait("Category", "Faults")]
public sealed class StuckOutputTests
{
    private const int Live = 3;
    private const int Crowd = 200;

    /// <summary>A pipe of which the program itself holds the other end.</summary>
    [SkippableFact]
    public async Task A_full_pipe_holds_up_nobody_not_even_the_end_of_the_program()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "pipes are opened for reading and writing");
        ExternalProgram.Require("bash");
        var directory = new TempDirectory();
        var pipe = directory.PathTo("output");
        var config = directory.Write("test.conf", """
            akka.loglevel = DEBUG
            actor-sockets.servers.echo { handler = echo, listen = ["tcp://127.0.0.1:0"], driver = native }
            """);
        await using var server = await ServerProcess.StartAsync(
            directory, directory.Path,
            ["-c", "mkfifo \"$0\"; exec 9<>\"$0\"; head -c 60000 /dev/zero >&9; exec dotnet \"$@\" >&9", pipe, Build.ServerAssembly, "--config", config], "bash");
        await using (var live = await LiveClients.StartAsync(Live, server.Port("echo")))
        {
            await Deadline.UntilAsync("the pipe is full", async () =>
            {
                Assert.True(await StreamClient.IsServedAsync(server.Port("echo")));
                return await IsFullAsync(pipe);
            });
            for (var number = 0; number < Crowd; number++)
            {
                Assert.True(await StreamClient.IsServedAsync(server.Port("echo")));
            }

            await live.EchoOnAsync();
        }

        server.Signal(ServerProcess.SigTerm);
        Assert.Equal(0, (await server.EndAsync()).ExitCode);
    }

    [SkippableFact]
    public async Task A_full_disk_costs_lines_which_are_counted_and_nothing_else()
    {
        var (server, rules) = await FaultRules.StartAsync(
            """echo { handler = echo, listen = ["tcp://127.0.0.1:0"], driver = native }""", logLevel: "DEBUG");
        await using var process = server;
        using var file = rules;
        await using (var live = await LiveClients.StartAsync(Live, server.Port("echo")))
        {
            // Each connection is several lines.
            using (var rule = rules.Add(FaultCall.Print, 1000, LinuxError.ENOSPC))
            {
                for (var number = 0; number < Crowd; number++)
                {
                    Assert.True(await StreamClient.IsServedAsync(server.Port("echo")));
                }

                await Deadline.UntilAsync("lines are lost", () => Task.FromResult(rule.Hits > Crowd));
                var cpu = new CpuMeter(server.Id);
                await Task.Delay(TimeSpan.FromSeconds(1));
                Assert.InRange(cpu.Share, 0, 0.5);
                await live.EchoOnAsync();
            }

            Assert.True(await StreamClient.IsServedAsync(server.Port("echo")));
            await server.SaysAsync(" lines were lost: standard output did not take them");
            await live.EchoOnAsync();
        }

        server.Signal(ServerProcess.SigTerm);
        Assert.Equal(0, (await server.EndAsync()).ExitCode);
    }

    private static async Task<bool> IsFullAsync(string pipe)
    {
        // It waits for nobody: where nothing can be written it fails.
        using var writing = Process.Start(new ProcessStartInfo("dd", ["if=/dev/zero", $"of={pipe}", "bs=1", "count=1", "oflag=nonblock", "conv=notrunc"]) { RedirectStandardError = true })!;
        await writing.WaitForExitAsync().WaitAsync(Deadline.Long);
        return writing.ExitCode != 0;
    }
}
