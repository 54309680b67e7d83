namespace ActorSockets.Tests.Samples;

/// <summary>The README's server without an actor system.</summary>
internal static class OwnSystemSample
{
    public static async Task RunAsync(Func<SocketServer, Task> use)
    {
        #region README
        await using var server = await SocketServer.StartAsync(
            "tcp://127.0.0.1:0", connection => connection.SendAsync("hello world\n").AsTask());
        #endregion
        await use(server);
    }
}
