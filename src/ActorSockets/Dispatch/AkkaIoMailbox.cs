using Akka.Actor;
using Akka.Configuration;
using Akka.Dispatch;
using Akka.Dispatch.MessageQueues;

namespace ActorSockets.Dispatch;

/// <summary>
/// The mailboxes of actors that ask for an unbounded one, as Akka.IO's do: Akka.NET's own. Those of Akka.IO's listeners and connections can be told from the others, as these
/// actors run on the default dispatcher and cannot be given another.
/// </summary>
/// <param name="settings">Akka.NET's.</param>
/// <param name="config">The mailbox's section.</param>
internal sealed class AkkaIoMailbox(Settings settings, Config config) : MailboxType(settings, config), IProducesMessageQueue<UnboundedMessageQueue>
{
    private static readonly string[] Managers = ["/system/IO-TCP/", "/system/IO-UDP-FF/"];

    public static bool IsOf(IRunnable run) => run is Mailbox { MessageQueue: Queue };

    public override IMessageQueue Create(IActorRef owner, ActorSystem system)
    {
        var path = owner.Path.ToStringWithoutAddress();
        return Managers.Any(manager => path.StartsWith(manager, StringComparison.Ordinal)) ? new Queue() : new UnboundedMessageQueue();
    }

    private sealed class Queue : UnboundedMessageQueue;
}
