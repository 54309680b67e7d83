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
    private readonly ServerContext _context;
    private readonly AkkaIoAcceptor _acceptor;
    private readonly List<UnhandledMessage> _unhandled = [];
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
        Receive<UnhandledMessage>(_unhandled.Add);
        Receive<Terminated>(_ => Context.Stop(Self));
        Receive<StopAccepting>(_ => _acceptor.StopAccepting());
        Receive<Unbind>(_ => GiveUp());
    }

    protected override void PreStart() => Endpoint.ResolveAsync().PipeTo(Self);

    protected override void PostStop()
    {
        Context.System.EventStream.Unsubscribe(Self);
        _acceptor.Retire();
    }

    private void Bind(IPEndPoint address)
    {
        ExpectAnswer();
        Context.System.EventStream.Subscribe(Self, typeof(UnhandledMessage));

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
        HandBackEarlyAccepts();
        if (_givingUp)
        {
            Context.Stop(Self);
            return;
        }

        // Akka.IO tells nobody when its listener stops after an error on accept; who wants to know must watch it.
        Context.Watch(Sender);
        ReportBound(Endpoint.BoundTo((IPEndPoint)bound.LocalAddress));
    }

    /// <summary>
    /// Akka.IO's listener begins to accept before it handles what comes of it. An accept that has ended by then, with a client or an error, is unhandled, and never
    /// made again: the client would wait for ever, and with as many of them as there are accepts everybody after it.
    /// </summary>
    private void HandBackEarlyAccepts()
    {
        // They were told before this listener was: none comes later.
        Context.System.EventStream.Unsubscribe(Self);
        foreach (var early in _unhandled.Where(early => early.Recipient.Equals(Sender)))
        {
            Sender.Tell(early.Message, early.Sender);
        }

        _unhandled.Clear();
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
