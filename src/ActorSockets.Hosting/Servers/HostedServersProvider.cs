using Akka.Actor;

namespace ActorSockets.Hosting.Servers;

/// <summary>Has the servers prepared while the actor system starts: an extension is the only code that it runs then.</summary>
internal sealed class HostedServersProvider : ExtensionIdProvider<HostedServersProvider.Prepared>
{
    public override Prepared CreateExtension(ExtendedActorSystem system)
    {
        system.Settings.Setup.Get<HostedServers>().Value.Prepare(system);
        return new Prepared();
    }

    /// <summary>The servers are prepared.</summary>
    public sealed class Prepared : IExtension;
}
