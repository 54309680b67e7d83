using System.Buffers;

namespace ActorSockets;

/// <summary>
/// <c>socketserver.DatagramRequestHandler</c>: one instance per datagram, <see cref="SetupAsync"/>, then
/// <see cref="HandleAsync"/>, then <see cref="FinishAsync"/>. What was written to <see cref="Output"/> is sent back as one
/// datagram, if the handler succeeded and wrote anything; socketserver's empty and partial replies are deliberately not
/// carried over. Datagrams of one peer are handled one after the other, in order.
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

    /// <summary>Before <see cref="HandleAsync"/> (<c>setup</c>). Default: nothing.</summary>
    protected internal virtual Task SetupAsync() => Task.CompletedTask;

    /// <summary>Serves the datagram (<c>handle</c>).</summary>
    protected internal abstract Task HandleAsync();

    /// <summary>After <see cref="HandleAsync"/> (<c>finish</c>), also when it threw; before the reply is sent. Default: nothing.</summary>
    protected internal virtual Task FinishAsync() => Task.CompletedTask;

    internal async Task RunAsync(Datagram datagram)
    {
        _datagram = datagram;
        await SetupAsync();
        try
        {
            await HandleAsync();
        }
        finally
        {
            await FinishAsync();
        }

        if (_output.WrittenCount > 0)
        {
            datagram.Reply(_output.WrittenMemory);
        }
    }
}
