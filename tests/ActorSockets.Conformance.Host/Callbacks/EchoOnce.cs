using System.Buffers;
using System.Text;

namespace ActorSockets.Conformance.Host.Callbacks;

/// <summary>asyncio's example of a protocol: sends the first piece back, which must be text, and closes.</summary>
internal sealed class EchoOnce : JournaledCallbacks
{
    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    protected override void Take(in ReadOnlySequence<byte> data)
    {
        _ = Strict.GetString(data);
        base.Take(data);
        Connection.Close();
    }
}
