using Akka.Actor;
using Akka.Configuration;
using Akka.Dispatch;
using Akka.Dispatch.MessageQueues;

namespace ActorSockets.Dispatch;

/// <summary>
/// The mailbox of connections and datagram peers whose actors ask for no other: unbounded as Akka.NET's own, which takes a kilobyte for the first
/// message. This one takes a tenth of it, as there may be many of them with little to say.
/// </summary>
/// <param name="settings">Akka.NET's.</param>
/// <param name="config">The mailbox's section.</param>
internal sealed class PeerMailbox(Settings settings, Config config) : MailboxType(settings, config), IProducesMessageQueue<PeerMailbox.Queue>
{
    /// <summary>Its section.</summary>
    public const string Id = "actor-sockets.mailbox";

    /// <summary>Whether an actor can do with it.</summary>
    public static bool Suits(Type actorType) =>
        !actorType.GetInterfaces().Any(type => type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IRequiresMessageQueue<>));

    public override IMessageQueue Create(IActorRef owner, ActorSystem system) => new Queue();

    /// <summary>Messages in the order in which they came.</summary>
    internal sealed class Queue : IMessageQueue, IUnboundedMessageQueueSemantics
    {
        // What a flood has left behind is given up when it is over.
        private const int MostKept = 256;

        private readonly Queue<Envelope> _messages = new();
        private volatile int _count;

        public bool HasMessages => _count > 0;

        public int Count => _count;

        public void Enqueue(IActorRef receiver, Envelope envelope)
        {
            lock (_messages)
            {
                _messages.Enqueue(envelope);
                _count++;
            }
        }

        public bool TryDequeue(out Envelope envelope)
        {
            if (_count == 0)
            {
                envelope = default;
                return false;
            }

            lock (_messages)
            {
                var isThere = _messages.TryDequeue(out envelope);
                _count = _messages.Count;
                if (_count == 0 && _messages.Capacity > MostKept)
                {
                    _messages.TrimExcess(0);
                }

                return isThere;
            }
        }

        public void CleanUp(IActorRef owner, IMessageQueue deadletters)
        {
            while (TryDequeue(out var envelope))
            {
                deadletters.Enqueue(owner, envelope);
            }
        }
    }
}
