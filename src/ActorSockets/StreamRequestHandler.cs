using System.IO.Pipelines;
using ActorSockets.Supervision;

namespace ActorSockets;

/// <summary>
/// <c>socketserver.StreamRequestHandler</c>: one instance per connection, <see cref="VerifyAsync"/>, then
/// <see cref="SetupAsync"/>, <see cref="HandleAsync"/>, <see cref="FinishAsync"/>, and <see cref="OnClosed"/> at the very end. When it is done, what was written is sent and the
/// connection closes. The code runs on the connection's actor, one step at a time: no locks are needed.
/// <para>
/// The constructor only constructs: that <c>socketserver</c>'s runs the whole request is deliberately not carried over, as
/// it is why a failing <c>setup</c> skips <c>finish</c> there, and why its handlers cannot be tested by themselves.
/// <c>rbufsize</c> and <c>wbufsize</c> are not options: input is always buffered, and output is sent when it is flushed.
/// </para>
/// <para>
/// Finish runs also when Handle throws, but not when Setup throws. Then the restart policy decides: with
/// <c>restart</c> a fresh instance begins with Setup on the same connection; with <c>resume</c> Handle is called again
/// on this instance, and Finish waits until the end.
/// </para>
/// </summary>
public abstract class StreamRequestHandler : IToldClosed
{
    private Connection? _connection;

    /// <summary>The connection (<c>request</c>). Not available in the constructor.</summary>
    protected Connection Connection => _connection
        ?? throw new InvalidOperationException("the connection is not there yet in the constructor; use SetupAsync");

    /// <summary>What arrives (<c>rfile</c>).</summary>
    protected PipeReader Input => Connection.Input;

    /// <summary>What is to be sent (<c>wfile</c>); flush it to send, it is flushed after <see cref="FinishAsync"/> in any case.</summary>
    protected PipeWriter Output => Connection.Output;

    /// <summary>
    /// Decides whether the connection is served (<c>socketserver.BaseServer.verify_request</c>), after
    /// <see cref="SocketServerBuilder.Verify"/> and once in a connection's life. False closes it politely: neither Setup
    /// nor Finish runs. Default: true.
    /// </summary>
    protected internal virtual ValueTask<bool> VerifyAsync() => ValueTask.FromResult(true);

    /// <summary>Before <see cref="HandleAsync"/> (<c>setup</c>). Default: nothing.</summary>
    protected internal virtual Task SetupAsync() => Task.CompletedTask;

    /// <summary>Serves the connection (<c>handle</c>) from beginning to end.</summary>
    protected internal abstract Task HandleAsync();

    /// <summary>After <see cref="HandleAsync"/> (<c>finish</c>). Default: nothing.</summary>
    protected internal virtual Task FinishAsync() => Task.CompletedTask;

    /// <summary>
    /// Says what is done about an exception of this handler (<c>socketserver.BaseServer.handle_error</c>), after Finish;
    /// where the policy is to resume it comes first, as Finish then waits until the end.
    /// If it throws itself, the connection closes. Default: what <see cref="SocketServerBuilder.OnError"/> says, and
    /// without that <see cref="ErrorDirective.ApplyPolicy"/>.
    /// </summary>
    /// <param name="context">The exception and where it was thrown.</param>
    protected internal virtual ValueTask<ErrorDirective> OnErrorAsync(ErrorContext context) => Connection.Context.Handlers.Hooks.OnErrorAsync(context);

    /// <summary>
    /// The connection has ended; called once on each instance that served it last, whatever the reason. An exception from
    /// here is logged and does nothing else. A handler that was cut (at <c>drain-timeout</c>, say) is told when it has come to its
    /// end, after its Finish: one that never returns is never told. Where no fresh handler could be made, the one before is told, whose scope has ended by then. Default: nothing.
    /// </summary>
    /// <param name="reason">Why.</param>
    protected internal virtual void OnClosed(CloseReason reason)
    {
    }

    void IToldClosed.TellClosed(CloseReason reason) => OnClosed(reason);

    internal void Attach(Connection connection) => _connection = connection;
}
