using System.Text;
using Akka.Actor;

namespace ActorSockets.Server.Tests.Plugin;

/// <summary>A handler that suspends and resumes its server when it is told to.</summary>
public sealed class SuspendingHandler(ActorSystem system) : StreamRequestHandler
{
    protected override async Task HandleAsync()
    {
        while (await Connection.ReadLineAsync() is { } line)
        {
            var server = system.SocketServers().Running.Single();
            var word = Encoding.UTF8.GetString(line.Bytes.Span);
            await (word switch
            {
                "suspend" => server.SuspendAsync(),
                "resume" => server.ResumeAsync(),
                _ => Task.CompletedTask,
            });
            await Connection.SendAsync(word + "\n");
        }
    }
}
