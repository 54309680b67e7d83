using System.Buffers;
using System.Globalization;
using ActorSockets.Conformance.Host.Protocol;

namespace ActorSockets.Conformance.Host.Callbacks;

/// <summary>A connection actor that notes its callbacks.</summary>
internal abstract class JournaledCallbacks : ConnectionActor
{
    private int Number => int.Parse(Connection.Id.AsSpan(Connection.Id.LastIndexOf('-') + 1), CultureInfo.InvariantCulture);

    protected override void OnConnected() => Journal.Write("made", ("connection", Number));

    protected sealed override void OnReceived(in ReadOnlySequence<byte> data)
    {
        Journal.Write("data", ("connection", Number));
        Take(data);
    }

    protected override void OnPeerCompleted()
    {
        Journal.Write("eof", ("connection", Number));
        base.OnPeerCompleted();
    }

    protected sealed override ValueTask<ErrorDirective> OnErrorAsync(ErrorContext context)
    {
        Journal.Write("error", ("error", context.Exception.GetType().Name));
        return base.OnErrorAsync(context);
    }

    protected sealed override void OnClosed(CloseReason reason) =>
        Journal.Write("lost", ("connection", Number), ("reason", reason.ToString()));

    protected virtual void Take(in ReadOnlySequence<byte> data)
    {
        foreach (var piece in data)
        {
            Connection.Output.Write(piece.Span);
        }
    }
}
