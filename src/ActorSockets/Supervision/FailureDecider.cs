using System.Reflection;
using ActorSockets.Diagnostics;
using ActorSockets.Servers;
using Akka.Actor;
using Akka.Event;

namespace ActorSockets.Supervision;

/// <summary>Says what the supervisor of a server's connections and datagram peers does about an exception of one of their actors, counts it and logs it.</summary>
internal sealed class FailureDecider(ServerContext context, ILoggingAdapter log, IActorRef server)
{
    public Directive Decide(Peer peer, Exception exception)
    {
        if (exception is HandlerSwitch)
        {
            return Switch((Connection)peer);
        }

        if (!peer.IsFailure(exception))
        {
            log.Debug("[{0}] ends: {1}", peer.Id, exception.Message);
            return Directive.Stop;
        }

        (peer as Connection)?.Recorder.Record(ConnectionEventKind.HandlerFailed);
        (peer as Connection)?.ForgetSwitch();
        var action = peer.Failures.Decide(exception, out var isDealtWith);
        if (exception is ProtocolException && action is FailureAction.Close or FailureAction.Abort)
        {
            // The other side's failure, not the handler's.
            peer.PendingReason ??= CloseReason.ProtocolError;
        }
        else
        {
            context.Counters.HandlerFailed();
        }

        if ((peer.CloseRequested && action is FailureAction.Restart) || (peer.CloseReason is not null && action is FailureAction.Restart or FailureAction.Resume))
        {
            // There is nothing left to go on with.
            action = FailureAction.Close;
        }

        var cause = CauseOf(exception);
        Log(peer, cause, action, isDealtWith);
        return Apply(peer, cause, action);
    }

    private Directive Switch(Connection connection)
    {
        if (connection.CloseReason is not null)
        {
            return Directive.Stop;
        }

        connection.CompleteSwitch();
        log.Debug("[{0}] goes on with {1}", connection.Id, connection.Handler.Description);
        return Directive.Restart;
    }

    private Directive Apply(Peer peer, Exception cause, FailureAction action)
    {
        if (action is FailureAction.Restart)
        {
            (peer as Connection)?.Recorder.Record(ConnectionEventKind.Restarted);
            context.Counters.Restarted();
            return Directive.Restart;
        }

        if (action is FailureAction.Resume)
        {
            (peer as Connection)?.Recorder.Record(ConnectionEventKind.Resumed);
            return Directive.Resume;
        }

        peer.PendingReason ??= CloseReason.HandlerFailed;
        switch (action)
        {
            case FailureAction.Abort:
                peer.Abort(peer.PendingReason.Value);
                break;
            case FailureAction.Escalate:
                // Not as a failure of the supervisor: the others must be ended in order, which takes one that works.
                server.Tell(new ConnectionSupervisor.Escalated(cause));
                break;
            case FailureAction.StopServer:
                server.Tell(new ServerActor.Stop(context.Options.DrainTimeout, null));
                break;
        }

        return Directive.Stop;
    }

    private void Log(Peer peer, Exception cause, FailureAction action, bool isDealtWith)
    {
        if (peer.PendingReason is CloseReason.ProtocolError)
        {
            context.Limited.Write(LogLine.ProtocolBroken, isDealtWith ? LogLevel.DebugLevel : LogLevel.InfoLevel, null, "[{0}] broke the protocol: {1}; closed", peer.Id, cause.Message);
            return;
        }

        var (level, consequence) = action switch
        {
            FailureAction.Restart => (LogLevel.WarningLevel, "restarted on the same socket"),
            FailureAction.Resume => (LogLevel.WarningLevel, "resumed"),
            FailureAction.Abort => (LogLevel.ErrorLevel, "aborted"),
            FailureAction.Escalate => (LogLevel.ErrorLevel, "escalated"),
            FailureAction.StopServer => (LogLevel.ErrorLevel, "the server stops"),
            _ => (LogLevel.ErrorLevel, "closed"),
        };
        context.Limited.Write(LogLine.HandlerFailed, isDealtWith ? LogLevel.DebugLevel : level, cause, "[{0}] handler failed: {1}; {2}", peer.Id, cause.Message, consequence);
    }

    /// <summary>What the user's code threw, without what Akka.NET wraps around the failure of a constructor.</summary>
    private static Exception CauseOf(Exception exception)
    {
        while (exception is ActorInitializationException or TargetInvocationException && exception.InnerException is { } inner)
        {
            exception = inner;
        }

        return exception;
    }
}
