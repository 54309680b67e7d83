using System.Net;
using System.Net.Sockets;
using ActorSockets.Conformance.Host.Callbacks;
using ActorSockets.Conformance.Host.Protocol;
using Akka.Actor;

namespace ActorSockets.Conformance.Host.Programs;

/// <summary>Accepts a connection itself, and has the library serve it to its end.</summary>
internal static class Adopt
{
    public static async Task RunAsync(ActorSystem system, HostArguments arguments)
    {
        var server = await system.SocketServers().StartAsync("conf", s => s.Listen(arguments.Listen).Handle<EchoAll>());
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        Output.Say("ready", $"tcp://{listener.LocalEndpoint}");

        server.AdoptConnection(await listener.AcceptSocketAsync());
        await server.StopAsync();
    }
}
