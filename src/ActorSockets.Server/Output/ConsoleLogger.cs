using Akka.Actor;
using Akka.Dispatch;
using Akka.Event;

namespace ActorSockets.Server.Output;

/// <summary>The actor system's log, while there are actors; see <see cref="AkkaLog"/>.</summary>
internal sealed class ConsoleLogger : ReceiveActor, IRequiresMessageQueue<ILoggerMessageQueueSemantics>
{
    public ConsoleLogger()
    {
        Receive<InitializeLogger>(_ => Sender.Tell(new LoggerInitialized()));
        Receive<LogEvent>(AkkaLog.Write);
    }
}
