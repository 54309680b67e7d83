using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace ActorSockets.Server.Tests.Support;

/// <summary>Somebody else's program that stands in front of the server.</summary>
internal sealed class Relay : IAsyncDisposable
{
    private readonly Process _process;
    private readonly Task<string> _output;

    private Relay(string program, IEnumerable<string> arguments)
    {
        _process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        _output = _process.StandardError.ReadToEndAsync();
    }

    /// <summary>A port that nobody has at this moment.</summary>
    public static int FreePort()
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    /// <summary>Starts it, and returns when it listens.</summary>
    public static async Task<Relay> StartAsync(int port, string program, params string[] arguments)
    {
        var relay = new Relay(program, arguments);
        try
        {
            await Deadline.UntilAsync($"{program} listens", async () =>
            {
                Assert.False(relay._process.HasExited, relay._process.HasExited ? await relay._output : "");
                return IsListening(port);
            });
            return relay;
        }
        catch
        {
            await relay.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }

        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    // Not by a connection, which the server would see.
    private static bool IsListening(int port) =>
        System.Net.NetworkInformation.IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpListeners().Any(endpoint => endpoint.Port == port);
}
