using System.Net;
using ActorSockets.Connections;
using ActorSockets.Servers;
using Akka.Actor;
using Akka.IO;

namespace ActorSockets.Drivers.AkkaIo;

/// <summary>Listens on one TCP endpoint through Akka.IO.</summary>
internal sealed class AkkaIoTcpListener : ListenerActor
{
    private readonly ServerContext _context;
    private readonly AkkaIoAcceptor _acceptor;
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
        Receive<Terminated>(_ => Context.Stop(Self));
        Receive<StopAccepting>(_ => _acceptor.StopAccepting());
        Receive<Unbind>(_ => GiveUp());
    }

    protected override void PreStart() => Endpoint.ResolveAsync().PipeTo(Self);

    protected override void PostStop() => _acceptor.Retire();

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
        Context.Watch(Sender);
        ReportBound(Endpoint.BoundTo((IPEndPoint)bound.LocalAddress));
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
