using System.Buffers;
using System.Text;
using Akka.Actor;
using Akka.Configuration;

namespace ActorSockets.Benchmarks.Subjects.DotNet;

/// <summary>
/// ActorSockets. Its options are <c>style</c> (how the handler is written: connection-actor, request-handler or
/// delegate) and those of a server's configuration, such as <c>driver</c> and <c>dispatcher</c>.
/// </summary>
internal static class ActorSocketsEcho
{
    private const string Server = "bench";

    public static async Task<int> StartAsync(ServeArguments arguments)
    {
        if (arguments.Options.GetValueOrDefault("dispatcher") == "event-loop")
        {
            EventLoop.Enable();
        }

        var system = ActorSystem.Create("actor-sockets", Configure(arguments).WithFallback(QuietAkka.Config).WithFallback(EventLoop.Config));
        var server = await system.SocketServers().StartAsync(Server, builder =>
        {
            builder.OnFailure(RestartPolicy.Restart(max: -1));
            Handle(builder, arguments, system);
        });
        return server.Endpoints[0].Port;
    }

    private static Config Configure(ServeArguments arguments)
    {
        var section = new StringBuilder($"listen = [ \"{arguments.Endpoint}\" ]\n");
        foreach (var (key, value) in arguments.Options.Where(option => option.Key != "style"))
        {
            section.Append(null, $"{key} = {value}\n");
        }

        if (arguments.Scheme == "tls")
        {
            section.Append(null, $"tls {{ certificate = \"{arguments.Certificate}\", key = \"{arguments.Key}\" }}\n");
        }

        return ConfigurationFactory.ParseString($"actor-sockets.servers.{Server} {{\n{section}}}");
    }

    private static void Handle(SocketServerBuilder builder, ServeArguments arguments, ActorSystem system)
    {
        var style = arguments.Options.GetValueOrDefault("style", "connection-actor");
        switch (arguments.Behaviour, arguments.Scheme, style)
        {
            case (Behaviour.Broadcast, _, _):
                var broadcaster = system.ActorOf<Broadcaster>();
                builder.Handle(() => new BroadcastActor(broadcaster));
                break;
            case (Behaviour.Crash, _, _):
                builder.Handle<CrashingActor>();
                break;
            case (_, "udp", "connection-actor"):
                builder.Handle<DatagramEchoActor>();
                break;
            case (_, _, "connection-actor"):
                builder.Handle<EchoActor>();
                break;
            case (_, _, "request-handler"):
                builder.Handle<EchoHandler>();
                break;
            case (_, _, "delegate"):
                builder.Handle(EchoAsync);
                break;
            default:
                throw new ArgumentException($"there is no style '{style}'", nameof(arguments));
        }
    }

    private static async Task EchoAsync(Connection connection)
    {
        while (await connection.Input.ReadAsync() is { Buffer.IsEmpty: false } result)
        {
            await connection.SendAsync(result.Buffer);
            connection.Input.AdvanceTo(result.Buffer.End);
        }
    }

    private sealed class EchoActor : ConnectionActor
    {
        protected override void OnReceived(in ReadOnlySequence<byte> data)
        {
            foreach (var piece in data)
            {
                Connection.Output.Write(piece.Span);
            }
        }
    }

    private sealed class EchoHandler : StreamRequestHandler
    {
        protected internal override async Task HandleAsync()
        {
            while (await Input.ReadAsync() is { Buffer.IsEmpty: false } result)
            {
                foreach (var piece in result.Buffer)
                {
                    Output.Write(piece.Span);
                }

                Input.AdvanceTo(result.Buffer.End);
                await Output.FlushAsync();
            }
        }
    }

    private sealed class DatagramEchoActor : DatagramActor
    {
        protected override void OnReceived(Datagram datagram) => datagram.Reply(datagram.Data);
    }
}
