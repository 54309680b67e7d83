using Akka.Actor;
using Akka.Event;

namespace ActorSockets.Servers;

/// <content>What it does where handlers cannot be made.</content>
internal sealed partial class ServerActor
{
    private Backoff _constructionBackoff = null!;

    private void WatchConstruction()
    {
        var self = Self;
        _constructionBackoff = new Backoff(_context);
        _context.Construction.TooMany = cause => self.Tell(new HandlersFail(cause), ActorRefs.NoSender);
    }

    private void ReceiveHandlersFail()
    {
        Receive<HandlersFail>(OnHandlersFail);
        Receive<TryHandlers>(_ => OnTryHandlers());
        Receive<ForgetHandlersFail>(_ => OnForgetHandlersFail());
    }

    /// <summary>Where no handler can be made, nobody is served by accepting more: clients see at once that they must go elsewhere.</summary>
    private void OnHandlersFail(HandlersFail failure)
    {
        if (_context.State != ServerState.Serving || Timers.IsTimerActive(nameof(TryHandlers)))
        {
            return;
        }

        _context.ConstructionFailure = failure.Cause;
        _log.Error("[{0}] accepts nobody: no handler can be made: {1}; next try in {2:0.###} s", _context.Name, failure.Cause.Message, _constructionBackoff.Pause.TotalSeconds);
        _acceptsNobody = true;
        TellListeners();
        Timers.Cancel(nameof(ForgetHandlersFail));
        Timers.StartSingleTimer(nameof(TryHandlers), TryHandlers.Instance, _constructionBackoff.Next());
    }

    private void OnTryHandlers()
    {
        _acceptsNobody = false;
        TellListeners();
        Timers.StartPeriodicTimer(nameof(ForgetHandlersFail), ForgetHandlersFail.Instance, _context.Options.MinRebindBackoff);
    }

    private void OnForgetHandlersFail()
    {
        if (_context.Construction.Fails)
        {
            return;
        }

        Timers.Cancel(nameof(ForgetHandlersFail));
        _context.ConstructionFailure = null;
        _constructionBackoff.Reset();
        _log.Info("[{0}] handlers can be made again", _context.Name);
    }

    private sealed record HandlersFail(Exception Cause) : IDeadLetterSuppression;

    private sealed record TryHandlers
    {
        public static readonly TryHandlers Instance = new();
    }

    private sealed record ForgetHandlersFail
    {
        public static readonly ForgetHandlersFail Instance = new();
    }
}
