using Akka.Actor;
using Akka.Event;

namespace ActorSockets.Servers;

/// <summary>
/// Binds one endpoint and accepts. Runs no user code. It tells its parent <see cref="Bound"/> or
/// <see cref="BindFailed"/> once, and stops itself when the endpoint is lost; the parent makes a new one.
/// </summary>
internal abstract class ListenerActor(Endpoint endpoint) : ReceiveActor
{
    /// <summary>How long a listener that is to unbind waits for a bind that is under way.</summary>
    protected static readonly TimeSpan BindPatience = TimeSpan.FromSeconds(5);

    protected Endpoint Endpoint { get; } = endpoint;

    protected ILoggingAdapter Log { get; } = Context.GetLogger();

    protected static void ReportBound(Endpoint bound) => Context.Parent.Tell(new Bound(bound));

    protected void ReportFailure(Exception cause)
    {
        Context.Parent.Tell(new BindFailed(cause));
        Context.Stop(Self);
    }

    /// <summary>For what should come but is not ours to guarantee.</summary>
    protected void StopAtTheLatestIn(TimeSpan time)
    {
        Receive<ReceiveTimeout>(_ => Context.Stop(Self));
        Context.SetReceiveTimeout(time);
    }

    /// <summary>The endpoint is bound, with its port resolved.</summary>
    public sealed record Bound(Endpoint Endpoint);

    /// <summary>It could not be bound; the listener stops.</summary>
    public sealed record BindFailed(Exception Cause);

    /// <summary>Accept nothing more; live connections and replies to datagrams go on.</summary>
    public sealed record StopAccepting
    {
        public static readonly StopAccepting Instance = new();
    }

    /// <summary>Give the endpoint up and stop.</summary>
    public sealed record Unbind
    {
        public static readonly Unbind Instance = new();
    }
}
