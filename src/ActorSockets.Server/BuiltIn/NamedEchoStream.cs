using System.Text;

namespace ActorSockets.Server.BuiltIn;

/// <summary>Answers the first read with the connection's name and the data, then closes.</summary>
internal sealed class NamedEchoStream : StreamRequestHandler
{
    private const int ReadSize = 1024;

    protected override async Task HandleAsync()
    {
        var data = new byte[ReadSize];
        var length = await Connection.ReadAsync(data);
        await Connection.SendAsync((byte[])[.. Encoding.UTF8.GetBytes($"{Connection.Id}: "), .. data.AsSpan(0, length), (byte)'\n']);
    }
}
