using ActorSockets.Hosting;
using ActorSockets.Server.Configuration;
using Akka.Actor;

namespace ActorSockets.Server.Running;

/// <summary>The servers of one program; none before all of them are bound.</summary>
internal sealed class ServerFleet(IReadOnlyList<PlannedServer> plans, ActorSystem system)
{
    public IEnumerable<(PlannedServer Server, IReadOnlyList<Endpoint> Bound)> Bound =>
        plans.Zip(Servers, (plan, server) => (plan, server.Endpoints));

    /// <summary>The servers that an escalated failure has ended, with the failure.</summary>
    public IEnumerable<(string Name, Exception Failure)> Failed =>
        from server in Servers
        where server.Completion.IsFaulted
        select (server.Name, server.Completion.Exception!.GetBaseException());

    /// <summary>How long they may take to drain, all of them at the same time, by the options in force now.</summary>
    public TimeSpan LongestDrain => Servers.Select(server => server.Options.DrainTimeout).DefaultIfEmpty(plans.Max(server => server.Configuration.Options.DrainTimeout)).Max();

    private IReadOnlyList<SocketServer> Servers => system.HostedSocketServers();

    /// <summary>Completes when a server has failed, or when none is left.</summary>
    public async Task WhenFailedOrGone()
    {
        var left = Servers.Select(server => (Task)server.Completion).ToList();
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

    /// <summary>Cuts all of them, also those that are draining. Whoever waits for the drains sees their end.</summary>
    public void Abort()
    {
        foreach (var server in Servers)
        {
            _ = server.StopAsync(TimeSpan.Zero);
        }
    }
}
