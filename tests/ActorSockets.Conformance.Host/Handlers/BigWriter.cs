using ActorSockets.Conformance.Host.Protocol;

namespace ActorSockets.Conformance.Host.Handlers;

/// <summary>Sends a line, reads one, sends 16 MiB and a byte; notes how many bytes of each the kernel has taken.</summary>
internal sealed class BigWriter : JournaledHandler
{
    private const int Much = (16 * 1024 * 1024) + 1;

    protected override async Task ServeAsync()
    {
        await SendAsync("write data\n"u8.ToArray());
        Journal.Write("received", ("line", $"{await Connection.ReadLineAsync()}\n"));
        await SendAsync(new byte[Much]);
    }

    private async Task SendAsync(byte[] data)
    {
        var before = Connection.BytesSent;
        await Connection.SendAsync(data);
        while (Connection.Unsent > 0)
        {
            await Task.Delay(1);
        }

        // Only now: while bytes are on their way, they count as sent a moment before they no longer count as unsent.
        Journal.Write("sent", ("length", Connection.BytesSent - before));
    }
}
