using System.Net;
using System.Net.Sockets;
using ActorSockets.Server.Tests.Support;
using ActorSockets.Tests.Faults;

namespace ActorSockets.Server.Tests.Faults;

/// <summary>The program is killed under load, and started again where it was.</summary>
[Trait("Category", "Faults")]
public sealed class KilledProcessTests
{
    private const int Kills = 3;
    private const int Clients = 4;

    [SkippableFact]
    [Proves("a second signal, kill -9, the machine", "all connections")]
    public async Task Port_and_path_are_usable_again_at_once_and_clients_that_come_back_are_served()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "Unix sockets have files");
        using var directory = new TempDirectory();
        var path = directory.PathTo("echo.sock");
        var (port, akkaPort) = (Relay.FreePort(), Relay.FreePort());
        using var stopping = new CancellationTokenSource();
        var tcp = new ReturningClients(Clients, new IPEndPoint(IPAddress.Loopback, port), stopping.Token);
        var akka = new ReturningClients(Clients, new IPEndPoint(IPAddress.Loopback, akkaPort), stopping.Token);
        var unix = new ReturningClients(Clients, new UnixDomainSocketEndPoint(path), stopping.Token);
        for (var kill = 0; kill < Kills; kill++)
        {
            // All or nothing: it starts only where it has all of them.
            await using var server = await ServerProcess.StartAsync(
                $$"""
                echo { handler = echo, listen = ["tcp://127.0.0.1:{{port}}", "unix:{{path}}"], driver = native }
                akka { handler = echo, listen = ["tcp://127.0.0.1:{{akkaPort}}"], driver = akka-io }
                """);
            await tcp.UntilServedAgainAsync();
            await akka.UntilServedAgainAsync();
            await unix.UntilServedAgainAsync();
            server.Signal(ServerProcess.SigKill);
            Assert.Equal(128 + ServerProcess.SigKill, (await server.EndAsync()).ExitCode);
            Assert.True(File.Exists(path));
        }

        await stopping.CancelAsync();
        Assert.InRange(await tcp.CutAsync(), Kills * Clients, int.MaxValue);
        Assert.InRange(await akka.CutAsync(), Kills * Clients, int.MaxValue);
        Assert.InRange(await unix.CutAsync(), Kills * Clients, int.MaxValue);
    }
}
