using System.Text;

namespace ActorSockets.Server.Tests.Plugin;

/// <summary>A user's handler.</summary>
public sealed class ShoutHandler : StreamRequestHandler
{
    protected override async Task HandleAsync()
    {
        while (await Connection.ReadLineAsync() is { } line)
        {
            await Connection.SendAsync(Encoding.UTF8.GetString(line.Bytes.Span).ToUpperInvariant() + "\n");
        }
    }
}
