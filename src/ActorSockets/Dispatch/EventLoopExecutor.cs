using Akka.Configuration;
using Akka.Dispatch;

namespace ActorSockets.Dispatch;

/// <summary>The executor of <see cref="ServerDispatcher.EventLoop"/>: mailboxes run on the thread that has filled them, at the end of its <see cref="Turn"/>.</summary>
/// <param name="config">The dispatcher's section.</param>
/// <param name="prerequisites">Akka.NET's.</param>
internal sealed class EventLoopExecutor(Config config, IDispatcherPrerequisites prerequisites) : ExecutorServiceConfigurator(config, prerequisites)
{
    public override ExecutorService Produce(string id) => new Service(id);

    private sealed class Service(string id) : ExecutorService(id)
    {
        public override void Execute(IRunnable run) => Turn.Schedule(run);

        public override void Shutdown()
        {
            // The threads are not its own.
        }
    }
}
