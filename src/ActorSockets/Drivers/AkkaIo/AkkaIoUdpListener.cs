using System.Net;
using System.Net.Sockets;
using ActorSockets.Connections;
using ActorSockets.Servers;
using Akka.Actor;
using Akka.IO;

namespace ActorSockets.Drivers.AkkaIo;

/// <summary>
/// Listens on one UDP endpoint through Akka.IO. Replies go out on its socket directly: a send error inside Akka.IO
/// kills its listener, and it sends no empty datagrams.
/// </summary>
internal sealed class AkkaIoUdpListener : ListenerActor
{
    private readonly DatagramRouter _router;
    private readonly Receiver _receiver;
    private readonly Capture _capture;
    private IPEndPoint? _address;

    public AkkaIoUdpListener(Endpoint endpoint, ServerContext context, DatagramRouter router)
        : base(endpoint)
    {
        _router = router;
        _capture = new Capture(context);
        _receiver = new Receiver(Context.System, _router, Self);
        Receive<IPEndPoint>(Bind);
        Receive<Status.Failure>(failure => ReportFailure(failure.Cause));
        Receive<Udp.CommandFailed>(_ => ReportFailure(FindCause()));
        Receive<Udp.Bound>(OnBound, bound => bound.LocalAddress is not null);
        Receive<Terminated>(_ => OnLost());
        Receive<StopAccepting>(_ => _router.StopAccepting());
        Receive<Unbind>(_ => GiveUp());
        Receive<Udp.Unbound>(_ => OnUnbound());
    }

    protected override void PreStart() => Endpoint.ResolveAsync().PipeTo(Self);

    protected override void PostStop()
    {
        _router.Unbind();
        _receiver.Retire(ActorRefs.Nobody);
    }

    private void Bind(IPEndPoint address)
    {
        _address = address;
        _capture.Address = address.Address;
        ExpectAnswer();
        Context.System.Udp().Tell(new Udp.Bind(_receiver, address, [_capture]), _receiver);
    }

    private void OnBound(Udp.Bound bound)
    {
        TakeAnswer();
        if (_capture.Failure is { } failure)
        {
            ReportFailure(failure);
            return;
        }

        Context.Watch(Sender);
        var address = (IPEndPoint)bound.LocalAddress;
        var endpoint = Endpoint.BoundTo(address);
        _router.Bind(endpoint, address, _capture.Socket!);
        ReportBound(endpoint);
    }

    private void OnLost()
    {
        // Akka.IO's listener leaves its socket bound when it dies.
        _capture.Socket?.Dispose();
        OnUnbound();
    }

    private void OnUnbound()
    {
        _receiver.Forget();
        Context.Stop(Self);
    }

    private void GiveUp()
    {
        _router.StopAccepting();
        if (_address is null)
        {
            Context.Stop(Self);
        }
        else
        {
            // It stops when Akka.IO has let go of the socket; a bind that is under way must come to its end before.
            _receiver.Retire(Self);
            ExpectAnswer();
        }
    }

    // Akka.IO does not say why; the same bind, tried again, does.
    private Exception FindCause()
    {
        try
        {
            using var socket = new Socket(_address!.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
            socket.Bind(_address);
            return new IOException("Akka.IO could not bind it");
        }
        catch (SocketException exception)
        {
            return exception;
        }
    }

    /// <summary>
    /// What Akka.IO tells: datagrams go to the router at once, the rest to the listener. It outlives the listener, so that
    /// a socket that is bound too late is closed again.
    /// </summary>
    private sealed class Receiver(ActorSystem system, DatagramRouter router, IActorRef listener) : CallbackRef(system, "datagrams")
    {
        private readonly Lock _gate = new();
        private IActorRef _udpListener = ActorRefs.Nobody;
        private IActorRef? _retiredBy;

        /// <summary>Closes the socket, or the one that is being bound. Akka.IO's listener answers <see cref="Udp.Unbound"/>.</summary>
        public void Retire(IActorRef answerTo)
        {
            lock (_gate)
            {
                _retiredBy = answerTo;
                _udpListener.Tell(Udp.Unbind.Instance, answerTo);
            }
        }

        /// <summary>Akka.IO's listener is gone.</summary>
        public void Forget()
        {
            lock (_gate)
            {
                _udpListener = ActorRefs.Nobody;
            }
        }

        protected override void TellInternal(object message, IActorRef sender)
        {
            switch (message)
            {
                case Udp.Received received:
                    router.Receive(received.Data.ToArray(), received.Sender.Serialize())?.Signal();
                    break;
                case Udp.Bound bound:
                    OnBound(bound, sender);
                    break;
                default:
                    listener.Tell(message, sender);
                    break;
            }
        }

        private void OnBound(Udp.Bound bound, IActorRef udpListener)
        {
            lock (_gate)
            {
                _udpListener = udpListener;
                if (_retiredBy is { } answerTo)
                {
                    udpListener.Tell(Udp.Unbind.Instance, answerTo);
                    return;
                }
            }

            listener.Tell(bound, udpListener);
        }
    }

    private sealed class Capture(ServerContext context) : Inet.SocketOption
    {
        public IPAddress Address { get; set; } = IPAddress.None;

        public Socket? Socket { get; private set; }

        public Exception? Failure { get; private set; }

        public override void BeforeDatagramBind(Socket ds)
        {
            // When Akka.IO's listener restarts it leaves its old socket bound.
            Socket?.Dispose();
            if (Address.Equals(IPAddress.IPv6Any))
            {
                ds.DualMode = true;
            }

            Socket = ds;
            try
            {
                DatagramSocketOptions.Apply(ds, Address, context.Options);
                context.Handlers.Hooks.ConfigureListenSocket(ds);
            }
            catch (Exception exception)
            {
                // Thrown here it would end Akka.IO's listener without an answer.
                Failure = exception;
            }
        }
    }
}
