using Akka.Configuration;
using Akka.Dispatch;

namespace ActorSockets.Dispatch;

/// <summary>
/// The executor of Akka.NET's default dispatcher by <see cref="EventLoop.Config"/>: Akka.IO's actors take part in the event loop, all others run on
/// the thread pool, as they do without it.
/// </summary>
/// <param name="config">The dispatcher's section.</param>
/// <param name="prerequisites">Akka.NET's.</param>
internal sealed class DefaultExecutor(Config config, IDispatcherPrerequisites prerequisites) : ExecutorServiceConfigurator(config, prerequisites)
{
    public override ExecutorService Produce(string id) => new Service(id);

    private sealed class Service(string id) : ExecutorService(id)
    {
        public override void Execute(IRunnable run)
        {
            if (AkkaIoMailbox.IsOf(run))
            {
                Turn.Schedule(run);
            }
            else
            {
                ThreadPool.UnsafeQueueUserWorkItem(run, preferLocal: true);
            }
        }

        public override void Shutdown()
        {
            // The threads are not its own.
        }
    }
}
