using ActorSockets.Server.Configuration;
using Akka.Actor;

namespace ActorSockets.Server.Running;

/// <summary>The running servers of one program: they start and stop together.</summary>
internal sealed class ServerFleet(ActorSystem system)
{
    private IReadOnlyList<(PlannedServer Plan, SocketServer Server)> _members = [];

    public IEnumerable<(PlannedServer Server, IReadOnlyList<Endpoint> Bound)> Bound =>
        _members.Select(member => (member.Plan, member.Server.Endpoints));

    /// <summary>Starts all of them, or none.</summary>
    public async Task StartAsync(IReadOnlyList<PlannedServer> plans, CancellationToken cancellationToken)
    {
        var servers = await system.SocketServers().StartAsync(
            plans.Select(plan => KeyValuePair.Create<string, Action<SocketServerBuilder>>(plan.Name, plan.Configure)), cancellationToken);
        _members = [.. plans.Zip(servers)];
    }

    /// <summary>Completes when a server has failed, or when none is left.</summary>
    public async Task WhenFailedOrGone()
    {
        var left = _members.Select(member => (Task)member.Server.Completion).ToList();
        while (left.Count > 0)
        {
            var ended = await Task.WhenAny(left);
            if (ended.IsFaulted)
            {
                return;
            }

            left.Remove(ended);
        }
    }

    /// <summary>The servers that an escalated failure has ended, with the failure.</summary>
    public IEnumerable<(string Name, Exception Failure)> Failed =>
        from member in _members
        where member.Server.Completion.IsFaulted
        select (member.Plan.Name, member.Server.Completion.Exception!.GetBaseException());

    /// <summary>Drains all of them at the same time, each within its <c>drain-timeout</c>.</summary>
    public Task DrainAsync() => StopAllAsync(null);

    /// <summary>Cuts all of them at once, also those that are draining.</summary>
    public Task AbortAsync() => StopAllAsync(TimeSpan.Zero);

    private Task StopAllAsync(TimeSpan? drainTimeout) => Task.WhenAll(_members.Select(member => StopAsync(member.Server, drainTimeout)));

    private static async Task StopAsync(SocketServer server, TimeSpan? drainTimeout)
    {
        try
        {
            await server.StopAsync(drainTimeout);
        }
        catch (Exception) when (server.Completion.IsFaulted)
        {
            // It has ended by a failure, which Failed reports.
        }
    }
}
