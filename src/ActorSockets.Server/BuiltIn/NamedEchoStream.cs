using System.Text;

namespace ActorSockets.Server.BuiltIn;

/// <summary>Answers the first read with the connection's name and the data, then closes. What is not ASCII is an error, as in the program that it follows.</summary>
internal sealed class NamedEchoStream : StreamRequestHandler
{
    private const int ReadSize = 1024;

    private static readonly Encoding Ascii = Encoding.GetEncoding("us-ascii", EncoderFallback.ExceptionFallback, DecoderFallback.ExceptionFallback);

    protected override async Task HandleAsync()
    {
        var data = new byte[ReadSize];
        var length = await Connection.ReadAsync(data);
        await Connection.SendAsync($"{Connection.Id}: {Ascii.GetString(data, 0, length)}\n");
    }
}
