using ActorSockets.Conformance.Host.Protocol;
using Akka.Actor;

namespace ActorSockets.Conformance.Host.Programs;

/// <summary>Binds what cannot be bound, again and again, and counts what failed, what the errors name, and the sockets that are left.</summary>
internal static class FailToBind
{
    private static readonly string TooLong = new('x', 108);

    public static async Task RunAsync(ActorSystem system, HostArguments arguments)
    {
        var times = (int)arguments.Number("times")!;
        await using var occupant = await StartAsync(system, "occupant", arguments.Listen);
        var inUse = occupant.Endpoints[0].ToString();
        var invalid = occupant.Endpoints[0].Path.Length > 0 ? inUse + TooLong : $"{occupant.Endpoints[0].Scheme}://{occupant.Endpoints[0].Host}:-1";
        var before = OpenSockets.Count();
        Output.Say("answer", new Dictionary<string, object>
        {
            ["invalid"] = await FailAsync(system, invalid, times),
            ["in use"] = await FailAsync(system, inUse, times),
            ["sockets left"] = await OpenSockets.LeftAsync(before),
        });
    }

    private static async Task<Dictionary<string, int>> FailAsync(ActorSystem system, string endpoint, int times)
    {
        var (failed, named) = (0, 0);
        for (var time = 0; time < times; time++)
        {
            try
            {
                await (await StartAsync(system, "conf", endpoint)).DisposeAsync();
            }
            catch (Exception exception) when (exception is FormatException or EndpointBindException)
            {
                failed++;
                named += exception.Message.Contains(endpoint, StringComparison.Ordinal) ? 1 : 0;
            }
        }

        return new() { ["failed"] = failed, ["named"] = named };
    }

    private static Task<SocketServer> StartAsync(ActorSystem system, string name, string endpoint) =>
        system.SocketServers().StartAsync(name, s => s.Listen(endpoint).Handle(_ => Task.CompletedTask));
}
