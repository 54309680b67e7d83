using System.Net;
using Akka.Actor;
using Akka.IO;
using Akka.Streams;
using Akka.Streams.Dsl;

namespace ActorSockets.Benchmarks.Subjects.DotNet;

/// <summary>The TCP of Akka.Streams: a flow that hands on what it is given.</summary>
internal static class AkkaStreamsEcho
{
    public static async Task<int> StartAsync(ServeArguments arguments)
    {
        var system = ActorSystem.Create("akka-streams", QuietAkka.Config);
        var materializer = system.Materializer();
        var binding = await system.TcpStream()
            .Bind("127.0.0.1", 0, backlog: 4096)
            .To(Sink.ForEach<Akka.Streams.Dsl.Tcp.IncomingConnection>(connection => connection.HandleWith(Flow.Create<ByteString>(), materializer)))
            .Run(materializer);
        return ((IPEndPoint)binding.LocalAddress).Port;
    }
}
