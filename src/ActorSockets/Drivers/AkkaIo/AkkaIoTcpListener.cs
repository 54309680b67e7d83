using System.Net;
using ActorSockets.Connections;
using ActorSockets.Servers;
using Akka.Actor;
using Akka.Event;
using Akka.IO;

namespace ActorSockets.Drivers.AkkaIo;

/// <summary>Listens on one TCP endpoint through Akka.IO.</summary>
internal sealed class AkkaIoTcpListener : ListenerActor
{
    private const string Deaf = "an accept has ended before Akka.IO could see it, which may accept nobody for ever";

    private readonly ServerContext _context;
    private readonly AkkaIoAcceptor _acceptor;
    private readonly HashSet<IActorRef> _deaf = [];
    private IActorRef _tcpListener = ActorRefs.Nobody;
    private bool _givingUp;

    public AkkaIoTcpListener(Endpoint endpoint, ServerContext context, IActorRef server)
        : base(endpoint)
    {
        _context = context;
        _acceptor = new AkkaIoAcceptor(Context.System, endpoint, context, server, Self);
        Receive<IPEndPoint>(Bind);
        Receive<Status.Failure>(failure => ReportFailure(failure.Cause));
        Receive<Tcp.CommandFailed>(failed => ReportFailure(failed.Cause.GetOrElse(new IOException("the command was refused"))));
        Receive<Tcp.Bound>(OnBound);
        Receive<UnhandledMessage>(unhandled => OnUnhandled(unhandled.Recipient));
        Receive<Terminated>(_ => Context.Stop(Self));
        Receive<StopAccepting>(_ => _acceptor.StopAccepting());
        Receive<Unbind>(_ => GiveUp());
    }

    protected override void PreStart()
    {
        Context.System.EventStream.Subscribe(Self, typeof(UnhandledMessage));
        Endpoint.ResolveAsync().PipeTo(Self);
    }

    protected override void PostStop()
    {
        Context.System.EventStream.Unsubscribe(Self);
        _acceptor.Retire();
    }

    private void Bind(IPEndPoint address)
    {
        ExpectAnswer();

        // No register timeout: it would reset connections that wait for a place. No write queue limit: the transport has one.
        var settings = TcpSettings.Create(Context.System) with
        {
            MaxFrameSizeBytes = Transport.FrameSize,
            RegisterTimeout = null,
            WriteCommandsQueueMaxSize = -1,
        };
        Context.System.Tcp().Tell(
            new Tcp.Bind(_acceptor, address, _context.Options.Backlog, _acceptor.CreateOptions(address.Address), pullMode: true) { TcpSettings = settings },
            _acceptor);
    }

    private void OnBound(Tcp.Bound bound)
    {
        TakeAnswer();
        if (_givingUp)
        {
            Context.Stop(Self);
            return;
        }

        // Akka.IO tells nobody when its listener stops after an error on accept; who wants to know must watch it.
        _tcpListener = Context.Watch(Sender);
        if (_deaf.Contains(_tcpListener))
        {
            ReportFailure(new IOException(Deaf));
            return;
        }

        ReportBound(Endpoint.BoundTo((IPEndPoint)bound.LocalAddress));
    }

    /// <summary>
    /// Akka.IO's listener begins to accept before it can handle what comes of it. What fails, or succeeds, in this time is unhandled, and that many of its accepts
    /// are never made again: it may be bound and accept nobody for ever.
    /// </summary>
    private void OnUnhandled(IActorRef recipient)
    {
        if (_tcpListener.IsNobody())
        {
            _deaf.Add(recipient);
        }
        else if (recipient.Equals(_tcpListener))
        {
            _context.Log.Warning("[{0}] {1}: {2}", _context.Name, Endpoint, Deaf);
            Context.Stop(Self);
        }
    }

    private void GiveUp()
    {
        _givingUp = true;
        if (!IsAnswerDue)
        {
            Context.Stop(Self);
        }
    }
}
