using System.Net;
using Akka.Actor;
using Akka.IO;

namespace ActorSockets.Benchmarks.Subjects.DotNet;

/// <summary>Akka.IO as it comes, with an actor for each connection.</summary>
internal static class AkkaIoEcho
{
    public static async Task<int> StartAsync(ServeArguments arguments)
    {
        var system = ActorSystem.Create("akka-io", QuietAkka.Config);
        var bound = new TaskCompletionSource<int>();
        system.ActorOf(arguments.Scheme == "udp"
            ? Props.Create(() => new DatagramEcho(bound))
            : Props.Create(() => new Listener(bound, arguments.Behaviour)));
        return await bound.Task;
    }

    private sealed class Listener : ReceiveActor
    {
        private readonly HashSet<IActorRef> _everybody = [];

        public Listener(TaskCompletionSource<int> bound, Behaviour behaviour)
        {
            Receive<Tcp.Bound>(message => bound.SetResult(((IPEndPoint)message.LocalAddress).Port));
            Receive<Tcp.Connected>(_ =>
            {
                var (connection, everybody) = (Sender, Self);
                connection.Tell(new Tcp.Register(behaviour == Behaviour.Broadcast
                    ? everybody
                    : Context.ActorOf(Props.Create(() => new Echo(connection)))));
                if (behaviour == Behaviour.Broadcast)
                {
                    // The greeting tells the client that it will hear everything from here on.
                    _everybody.Add(connection);
                    connection.Tell(Tcp.Write.Create(ByteString.FromBytes([0])));
                }
            });
            Receive<Tcp.Received>(message =>
            {
                foreach (var connection in _everybody)
                {
                    connection.Tell(Tcp.Write.Create(message.Data));
                }
            });
            Receive<Tcp.ConnectionClosed>(_ => _everybody.Remove(Sender));
            Context.System.Tcp().Tell(new Tcp.Bind(Self, new IPEndPoint(IPAddress.Loopback, 0), backlog: 4096));
        }
    }

    private sealed class Echo : ReceiveActor
    {
        public Echo(IActorRef connection)
        {
            Receive<Tcp.Received>(message => connection.Tell(Tcp.Write.Create(message.Data)));
            Receive<Tcp.ConnectionClosed>(_ => Context.Stop(Self));
        }
    }

    private sealed class DatagramEcho : ReceiveActor
    {
        public DatagramEcho(TaskCompletionSource<int> bound)
        {
            Receive<Udp.Bound>(message => bound.SetResult(((IPEndPoint)message.LocalAddress).Port));
            Receive<Udp.Received>(message => Sender.Tell(Udp.Send.Create(message.Data, message.Sender)));
            Context.System.Udp().Tell(new Udp.Bind(Self, new IPEndPoint(IPAddress.Loopback, 0)));
        }
    }
}
