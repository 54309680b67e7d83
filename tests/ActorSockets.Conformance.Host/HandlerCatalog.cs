using ActorSockets.Conformance.Host.Callbacks;
using ActorSockets.Conformance.Host.Datagrams;
using ActorSockets.Conformance.Host.Handlers;
using ActorSockets.Conformance.Host.Protocol;

namespace ActorSockets.Conformance.Host;

/// <summary>The handlers that the cases name.</summary>
internal static class HandlerCatalog
{
    public static void Choose(HostArguments arguments, SocketServerBuilder server, Func<SocketServer> running)
    {
        var verification = arguments.Option("verify");
        var exception = arguments.Option("raise");
        _ = arguments.Handler switch
        {
            "bad-handler" => server.Handle(() => new Bad(exception)),
            "big-writer" => server.Handle<BigWriter>(),
            "counter" => server.Handle<Counter>(),
            "data-raises" => server.Handle<DataRaises>(),
            "datagram-echo" => server.HandleDatagram(datagram => datagram.ReplyAsync(datagram.Data).AsTask()),
            "datagram-line-echo" => server.Handle<DatagramLineEcho>(),
            "datagram-scripted" => server.Handle<DatagramScripted>(),
            "datagram-upper" => server.Handle<DatagramUpper>(),
            "echo-all" => server.Handle<EchoAll>(),
            "echo-once" => server.Handle<EchoOnce>(),
            "greet-and-echo" => server.Handle<GreetAndEcho>(),
            "half-open" => server.Handle<HalfOpen>(),
            "hello" => server.Handle<Hello>(),
            "line-echo" or "line-limit" => server.Handle(() => new LineEcho(verification)),
            "made-raises" => server.Handle<MadeRaises>(),
            "named-echo" => server.Handle<NamedEcho>(),
            "nothing" => server.Handle<Nothing>(),
            "read-100" => server.Handle<Read100>(),
            "stop-from-handler" => server.Handle(() => new StopFromHandler(running)),
            "upper-line" => server.Handle<UpperLine>(),
            "upper-receive" => server.Handle<UpperReceive>(),
            "upper-until-newline" => server.Handle<UpperUntilNewline>(),
            "writable" => server.Handle<Writable>(),
            _ => throw new RefusalException($"our host has no handler '{arguments.Handler}'"),
        };
    }
}
