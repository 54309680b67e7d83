using System.Buffers;

namespace ActorSockets;

/// <summary>
/// <c>socketserver.DatagramRequestHandler</c>: one instance per datagram, <see cref="SetupAsync"/>, then
/// <see cref="HandleAsync"/>, then <see cref="FinishAsync"/>. What was written to <see cref="Output"/> is sent back as one
/// datagram, if the handler succeeded and wrote anything; socketserver's empty and partial replies come back with
/// <c>datagram.reply = always</c>. Datagrams of one peer are handled one after the other, in order.
/// </summary>
public abstract class DatagramRequestHandler
{
    private readonly ArrayBufferWriter<byte> _output = new();
    private Datagram? _datagram;

    /// <summary>The datagram (<c>request</c>, <c>rfile</c>). Not available in the constructor.</summary>
    protected Datagram Datagram => _datagram
        ?? throw new InvalidOperationException("the datagram is not there yet in the constructor; use SetupAsync");

    /// <summary>The reply (<c>wfile</c>).</summary>
    protected IBufferWriter<byte> Output => _output;

    /// <summary>
    /// Decides whether the datagram is handled (<c>socketserver.BaseServer.verify_request</c>), after
    /// <see cref="SocketServerBuilder.VerifyDatagram"/>. False drops it, counted as <see cref="DropReason.Rejected"/>. Default: true.
    /// </summary>
    protected internal virtual ValueTask<bool> VerifyAsync() => ValueTask.FromResult(true);

    /// <summary>Before <see cref="HandleAsync"/> (<c>setup</c>). Default: nothing.</summary>
    protected internal virtual Task SetupAsync() => Task.CompletedTask;

    /// <summary>Serves the datagram (<c>handle</c>).</summary>
    protected internal abstract Task HandleAsync();

    /// <summary>After <see cref="HandleAsync"/> (<c>finish</c>), also when it threw; before the reply is sent. Default: nothing.</summary>
    protected internal virtual Task FinishAsync() => Task.CompletedTask;

    /// <summary>
    /// Says what is done about an exception of this handler (<c>socketserver.BaseServer.handle_error</c>), after Finish.
    /// If it throws itself, the peer ends. Default: what <see cref="SocketServerBuilder.OnError"/> says, and
    /// without that <see cref="ErrorDirective.ApplyPolicy"/>.
    /// </summary>
    /// <param name="context">The exception and where it was thrown.</param>
    protected internal virtual ValueTask<ErrorDirective> OnErrorAsync(ErrorContext context) => Datagram.Peer.Context.Handlers.Hooks.OnErrorAsync(context);

    internal void Attach(Datagram datagram) => _datagram = datagram;

    /// <summary>Sends what was written, if that is to be sent.</summary>
    internal void Reply(bool succeeded)
    {
        if ((succeeded && _output.WrittenCount > 0) || Datagram.Peer.Context.Options.DatagramReply == DatagramReply.Always)
        {
            Datagram.Reply(_output.WrittenMemory);
        }
    }
}
