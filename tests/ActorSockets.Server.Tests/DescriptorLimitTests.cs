using ActorSockets.Server.Tests.Support;

namespace ActorSockets.Server.Tests;

/// <summary>A process that may have few descriptors.</summary>
[Trait("Category", "Faults")]
public sealed class DescriptorLimitTests
{
    private const int Limit = 400;

    [SkippableTheory]
    [InlineData("native")]
    [InlineData("akka-io")]
    public async Task A_server_takes_no_more_connections_than_the_process_has_descriptors_for_and_refuses_the_others(string driver)
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "the limit is set by a shell");
        ExternalProgram.Require("bash");
        var directory = new TempDirectory();
        var config = directory.Write("few.conf", $$"""actor-sockets.servers.few { handler = echo, listen = [ "tcp://127.0.0.1:0" ], driver = {{driver}} }""");
        await using var server = await ServerProcess.StartAsync(
            directory, directory.Path, ["-c", $"ulimit -n {Limit}; exec dotnet \"$@\"", "dotnet", Build.ServerAssembly, "--config", config], "bash");
        var port = server.Port("few");

        List<StreamClient> served = [];
        var refused = 0;
        for (var tries = 0; tries < Limit; tries++)
        {
            var client = await StreamClient.ConnectAsync(port);
            if (await client.EchoesAsync())
            {
                served.Add(client);
            }
            else
            {
                refused++;
                client.Dispose();
            }
        }

        // All that are left over are refused at once, and those who were served before are served still.
        Assert.InRange(served.Count, 50, Limit - 64);
        Assert.Equal(Limit, served.Count + refused);
        Assert.All(await Task.WhenAll(served.Select(client => client.EchoesAsync())), Assert.True);
        served.ForEach(client => client.Dispose());
        await Deadline.UntilAsync("others are served", () => StreamClient.IsServedAsync(port));
        server.Signal(ServerProcess.SigTerm);
        var result = await server.EndAsync();
        Assert.Equal(0, result.ExitCode);
        Assert.Contains($"[few] takes at most {served.Count} connections, not max-connections = 10000: the process may not have more descriptors", result.Output + result.Error, StringComparison.Ordinal);
    }
}
