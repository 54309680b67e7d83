using System.Globalization;
using ActorSockets.Server.Tests.Support;

namespace ActorSockets.Server.Tests.Faults;

/// <summary>What the kernel says about connections to ports of 127.0.0.1 (<c>proc_net_tcp(5)</c>).</summary>
internal static class AcceptedConnections
{
    // It belongs to a process: those in the kernel's queue are nobody's.
    private const int InodeField = 9;

    /// <summary>Waits until the program has accepted a connection, which says nothing yet by which that could be seen.</summary>
    public static Task UntilAcceptedAsync(int port, int from) => Deadline.UntilAsync("the connection is accepted", async () =>
    {
        var (server, client) = (Address(port), Address(from));
        var lines = await File.ReadAllLinesAsync("/proc/net/tcp");
        return lines.Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Any(fields => fields[1] == server && fields[2] == client && fields[InodeField] != "0");
    });

    private static string Address(int port) => string.Create(CultureInfo.InvariantCulture, $"0100007F:{port:X4}");
}
