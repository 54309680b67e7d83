using System.Runtime.ExceptionServices;
using ActorSockets.Dispatch;
using ActorSockets.Supervision;
using Akka.Actor;
using Akka.Event;

namespace ActorSockets;

/// <summary>
/// What <see cref="ConnectionActor"/> and <see cref="DatagramActor"/> have in common: an ordinary
/// <see cref="ReceiveActor"/> that belongs to a <see cref="Peer"/> and ends with it. Anything in the system may tell it
/// messages; declare them with <c>Receive&lt;T&gt;</c>. An exception from any of its code consults the restart policy.
/// </summary>
public abstract partial class PeerActor : ReceiveActor, IToldClosed
{
    private ILoggingAdapter? _log;

    private protected PeerActor() => OwnPeer = PeerActorProducer.Constructing;

    /// <summary>The actor's log; its source, the path of the actor, ends with the id of the connection or peer.</summary>
    protected ILoggingAdapter Log => _log ??= Context.GetLogger();

    /// <summary>What was made along with the handler; disposed of when that has ended.</summary>
    internal IAsyncDisposable? Scope { get; set; }

    private protected Peer OwnPeer { get; }

    /// <summary>Completes when no user code is under way any more; what it came to is told elsewhere.</summary>
    private protected virtual Task HandlerEnd => Task.CompletedTask;

    /// <summary>Starts the actor. Override <see cref="ActorBase.PreStart"/> instead.</summary>
    public sealed override void AroundPreStart()
    {
        Turn.Handles(OwnPeer);
        base.AroundPreStart();
    }

    /// <summary>Ends a failed handler. Override <see cref="ActorBase.PreRestart"/> instead.</summary>
    /// <param name="cause">The failure.</param>
    /// <param name="message">The message that failed.</param>
    public sealed override void AroundPreRestart(Exception cause, object message)
    {
        Turn.Handles(OwnPeer);
        base.AroundPreRestart(cause, message);
        OwnPeer.TakeBackInput();
    }

    /// <summary>Starts a fresh handler after a failure. Override <see cref="ActorBase.PostRestart"/> instead.</summary>
    /// <param name="cause">The failure.</param>
    /// <param name="message">The message that failed.</param>
    public sealed override void AroundPostRestart(Exception cause, object message)
    {
        base.AroundPostRestart(cause, message);
        OwnPeer.Signal();
    }

    /// <summary>Ends the actor for good. Override <see cref="ActorBase.PostStop"/> or <see cref="OnClosed"/> instead.</summary>
    public sealed override void AroundPostStop()
    {
        Turn.Handles(OwnPeer);
        try
        {
            base.AroundPostStop();
        }
        finally
        {
            Finish();
        }
    }

    /// <summary>Hands a message to the peer's machinery or to the user's receivers.</summary>
    /// <param name="receive">The current behaviour.</param>
    /// <param name="message">The message.</param>
    protected sealed override bool AroundReceive(Receive receive, object message)
    {
        var handled = true;
        (Phase, _hasFailed) = (HandlerPhase.Handle, false);
        Turn.Handles(OwnPeer);
        try
        {
            switch (message)
            {
                case PeerSignal:
                    OwnPeer.AcceptSignal();
                    OnSignal();
                    break;
                case Stopping:
                    TellStopping();
                    break;
                default:
                    handled = !IsReady(message) || base.AroundReceive(receive, message);
                    break;
            }
        }
        catch (Exception exception) when (IsFailure(exception))
        {
            if (WillDecideLater(exception))
            {
                return true;
            }

            throw;
        }
        finally
        {
            FlushTurn();
        }

        EndTurn();
        return handled;
    }

    /// <summary>
    /// Says what is done about an exception of this actor (<c>socketserver.BaseServer.handle_error</c>). While it awaits, the
    /// actor handles no messages. If it throws itself, the connection or peer closes. About a constructor, which leaves no actor to be asked,
    /// <see cref="SocketServerBuilder.OnError"/> is asked; what Akka.NET calls at a start or restart (<c>PreStart</c>, <c>PostRestart</c>, …) fails without it,
    /// by the restart policy alone. Default: what <see cref="SocketServerBuilder.OnError"/> says, and without that <see cref="ErrorDirective.ApplyPolicy"/>.
    /// </summary>
    /// <param name="context">The exception and where it was thrown.</param>
    protected virtual ValueTask<ErrorDirective> OnErrorAsync(ErrorContext context) => OwnPeer.Context.Handlers.Hooks.OnErrorAsync(context);

    /// <summary>The server begins to drain: finish what is under way, then close. Until <c>drain-timeout</c> everything goes on as before. Default: nothing.</summary>
    protected virtual void OnServerStopping()
    {
    }

    /// <summary>
    /// The connection or peer has ended. Called once, on the last actor, whatever the reason, unless it ended before anything was asked or told
    /// (<c>asyncio.Protocol.connection_lost</c>). Where no fresh actor could be made, or it ended before it was connected after a switch, the one before is told, whose scope has ended by then.
    /// An exception from here is logged and does nothing else. Default: nothing.
    /// </summary>
    /// <param name="reason">Why.</param>
    protected virtual void OnClosed(CloseReason reason)
    {
    }

    /// <summary>Where in its life the actor is, for <see cref="OnErrorAsync"/>.</summary>
    private protected HandlerPhase Phase { get; set; } = HandlerPhase.Handle;

    /// <summary>False where the hook was asked already when a failure comes here.</summary>
    private protected virtual bool AsksItself => true;

    /// <summary>The actor has stopped; what it has begun is not gone on with.</summary>
    private protected virtual void Abandon()
    {
    }

    /// <summary>False for one that ended before anything was asked or told.</summary>
    private protected virtual bool HasBegun => true;

    /// <summary>False while messages cannot be handled yet; then this one comes again.</summary>
    private protected virtual bool IsReady(object message) => true;

    /// <summary>Looks at the peer's state: input, end, work to go on with.</summary>
    private protected abstract void OnSignal();

    /// <summary>Sends what this turn wrote.</summary>
    private protected virtual void FlushTurn()
    {
    }

    /// <summary>Stops the actor when its peer has ended or was asked to.</summary>
    private protected abstract void EndTurn();

    private void TellStopping()
    {
        try
        {
            OnServerStopping();
        }
        finally
        {
            OwnPeer.KnowsOfStop = true;
        }
    }

    private bool IsFailure(Exception exception) => AsksItself && OwnPeer.IsFailure(exception);

    /// <summary>Asks the hook. True when there is one, which may take its time; the failure then comes back on its own.</summary>
    private bool WillDecideLater(Exception exception)
    {
        if (!OwnPeer.Context.Handlers.Hooks.AsksOnError && !IsOverridden(OnErrorAsync))
        {
            return false;
        }

        var phase = Phase;
        RunBeforeNextMessage(() =>
        {
            Phase = phase;
            ExceptionDispatchInfo.Throw(exception);
            return Task.CompletedTask;
        });
        return true;
    }

    /// <summary>Whether a hook is the user's own.</summary>
    private protected static bool IsOverridden(Delegate hook) => hook.Method.DeclaringType!.Assembly != typeof(PeerActor).Assembly;

    private void Finish()
    {
        FlushTurn();
        OwnPeer.StopSignals();
        OwnPeer.End(OwnPeer.PendingReason ?? (OwnPeer.ServerStopping.IsCancellationRequested ? CloseReason.ServerStopping : CloseReason.LocalClosed));
        Abandon();
        try
        {
            // One that has not begun, as after a switch, leaves it to the one before, if there is any.
            (HasBegun ? this : OwnPeer.LastHandler)?.TellClosed(OwnPeer.CloseReason!.Value);
        }
        catch (Exception exception)
        {
            Log.Error(exception, "[{0}] OnClosed failed", OwnPeer.Id);
        }
    }

    /// <summary>From now on it is the last actor of its peer, as long as no other is made.</summary>
    internal virtual void BecomeLast() => OwnPeer.LastHandler = this;

    void IToldClosed.TellClosed(CloseReason reason) => OnClosed(reason);

    /// <summary>Disposes of the scope as soon as no user code is under way.</summary>
    internal async void ReleaseScope()
    {
        await HandlerEnd.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await EndScopeAsync().ConfigureAwait(false);
    }

    private protected async Task EndScopeAsync()
    {
        if (Scope is not { } scope)
        {
            return;
        }

        Scope = null;
        try
        {
            await scope.DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            OwnPeer.Context.Log.Error(exception, "[{0}] the scope of its handler could not be disposed of: {1}", OwnPeer.Id, exception.Message);
        }
    }

    /// <summary>Tells a peer's actor that its server begins to drain.</summary>
    internal sealed class Stopping : IDeadLetterSuppression
    {
        public static readonly Stopping Instance = new();

        private Stopping()
        {
        }
    }
}
