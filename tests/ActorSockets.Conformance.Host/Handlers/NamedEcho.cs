using System.Text;

namespace ActorSockets.Conformance.Host.Handlers;

/// <summary>The mix-in example: who serves, and what came first.</summary>
internal sealed class NamedEcho : JournaledHandler
{
    private static readonly Encoding Ascii = Encoding.GetEncoding("us-ascii", EncoderFallback.ExceptionFallback, DecoderFallback.ExceptionFallback);

    protected override async Task ServeAsync()
    {
        var data = new byte[1024];
        var length = await Connection.ReadAsync(data);
        await Connection.SendAsync($"{Connection.Id}: {Ascii.GetString(data, 0, length)}");
    }
}
