using System.Buffers;
using Akka.Actor;

namespace ActorSockets.Tests;

/// <summary>Sends each line back; fails on the line "crash". In every style of handlers.</summary>
internal static class LineEcho
{
    public static TheoryData<string, bool> StylesAndPace => new()
    {
        { "delegate", false }, { "delegate", true },
        { "request handler", false }, { "request handler", true },
        { "connection actor", false }, { "connection actor", true },
    };

    /// <param name="server">The server.</param>
    /// <param name="style">One of the styles.</param>
    /// <param name="listener">Told of the end by a connection actor.</param>
    public static SocketServerBuilder HandleLines(this SocketServerBuilder server, string style, IActorRef? listener = null) => style switch
    {
        "delegate" => server.Handle(EchoAsync),
        "request handler" => server.Handle<Handler>(),
        _ => server.Handle(() => new Actor(listener ?? ActorRefs.Nobody)),
    };

    private static async Task EchoAsync(Connection connection)
    {
        await foreach (var line in connection.ReadLinesAsync())
        {
            await connection.SendAsync(line.ToString() == "crash" ? throw new InvalidOperationException("asked to") : $"{line}\n");
        }
    }

    public sealed class Handler : StreamRequestHandler
    {
        protected internal override Task HandleAsync() => EchoAsync(Connection);
    }

    private sealed class Actor(IActorRef listener) : ConnectionActor(FrameReader.Lines())
    {
        protected override void OnFrame(in ReadOnlySequence<byte> frame)
        {
            if (frame.FirstSpan.SequenceEqual("crash"u8))
            {
                throw new InvalidOperationException("asked to");
            }

            FrameWriter.Lines().Write(Connection.Output, frame);
        }

        protected override void OnClosed(CloseReason reason) => listener.Tell($"closed {reason}");
    }
}
