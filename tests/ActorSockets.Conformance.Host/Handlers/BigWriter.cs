using ActorSockets.Conformance.Host.Protocol;

namespace ActorSockets.Conformance.Host.Handlers;

/// <summary>Sends a line, reads one, sends 16 MiB and a byte; notes how many bytes each send has sent or buffered.</summary>
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
        var before = Connection.BytesSent + Connection.Unsent;
        await Connection.SendAsync(data);
        Journal.Write("sent", ("length", Connection.BytesSent + Connection.Unsent - before));
    }
}
