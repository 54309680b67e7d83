using System.Text;

namespace ActorSockets.Conformance.Host.Handlers;

/// <summary>The mix-in example: who serves, and what came first.</summary>
internal sealed class NamedEcho : JournaledHandler
{
    protected override async Task ServeAsync()
    {
        var data = new byte[1024];
        var length = await Connection.ReadAsync(data);
        await Connection.SendAsync($"{Connection.Id}: {Encoding.ASCII.GetString(data, 0, length)}");
    }
}
