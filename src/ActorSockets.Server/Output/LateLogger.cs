using Akka.Event;

namespace ActorSockets.Server.Output;

/// <summary>The actor system's log before its logger starts and after it has stopped, with what that had not written yet.</summary>
internal sealed class LateLogger : MinimalLogger
{
    protected override void Log(object message)
    {
        if (message is LogEvent log)
        {
            AkkaLog.Write(log);
        }
    }
}
