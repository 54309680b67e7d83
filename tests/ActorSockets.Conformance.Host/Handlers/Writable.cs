using System.Net;

namespace ActorSockets.Conformance.Host.Handlers;

/// <summary>Writes the client's port to the output, as a stream.</summary>
internal sealed class Writable : JournaledHandler
{
    protected override async Task ServeAsync()
    {
        var output = Output.AsStream(leaveOpen: true);
        if (output.CanWrite)
        {
            await output.WriteAsync(System.Text.Encoding.ASCII.GetBytes($"{((IPEndPoint)Connection.RemoteEndPoint).Port}\n"));
        }
    }
}
