using System.Text;
using System.Text.Json;
using Akka.Actor;

namespace ActorSockets.Server.Tests.Plugin;

/// <summary>Answers each line, the name of a server, with that one's books as JSON.</summary>
public sealed class BooksHandler(ActorSystem system) : StreamRequestHandler
{
    protected override async Task HandleAsync()
    {
        while (await Connection.ReadLineAsync() is { } line)
        {
            var name = Encoding.UTF8.GetString(line.Bytes.Span);
            var server = system.SocketServers().Running.Single(running => running.Name == name);
            await Connection.SendAsync(JsonSerializer.Serialize(server.Statistics) + "\n");
        }
    }
}
