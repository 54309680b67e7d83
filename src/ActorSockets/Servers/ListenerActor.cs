using Akka.Actor;

namespace ActorSockets.Servers;

/// <summary>
/// Binds one endpoint and accepts. Runs no user code. It tells its parent <see cref="Bound"/> or
/// <see cref="BindFailed"/> once, and stops itself when the endpoint is lost; the parent makes a new one.
/// </summary>
internal abstract class ListenerActor : ReceiveActor
{
    /// <summary>How long a driver may take to bind or unbind.</summary>
    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(4);

    protected ListenerActor(Endpoint endpoint)
    {
        Endpoint = endpoint;
        Receive<ReceiveTimeout>(_ => ReportFailure(new TimeoutException($"the driver did not answer within {AnswerTimeout.TotalSeconds} s")));
    }

    protected Endpoint Endpoint { get; }

    /// <summary>True while the driver owes an answer.</summary>
    protected bool IsAnswerDue { get; private set; }

    protected static void ReportBound(Endpoint bound) => Context.Parent.Tell(new Bound(bound));

    protected void ReportFailure(Exception cause)
    {
        Context.Parent.Tell(new BindFailed(cause));
        Context.Stop(Self);
    }

    /// <summary>The driver was asked to bind or unbind: an answer is due.</summary>
    protected void ExpectAnswer()
    {
        IsAnswerDue = true;
        Context.SetReceiveTimeout(AnswerTimeout);
    }

    /// <summary>The driver has answered.</summary>
    protected void TakeAnswer()
    {
        IsAnswerDue = false;
        Context.SetReceiveTimeout(null);
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
