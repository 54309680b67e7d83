using Akka.Configuration;
using Akka.Dispatch;

namespace ActorSockets.Dispatch;

/// <summary>
/// The executor of <see cref="ServerDispatcher.ThreadPool"/>. Unlike Akka.NET's it gives each mailbox to whichever thread is free: those of a
/// socket thread's batch would otherwise wait behind that batch.
/// </summary>
/// <param name="config">The dispatcher's section.</param>
/// <param name="prerequisites">Akka.NET's.</param>
internal sealed class ThreadPoolExecutor(Config config, IDispatcherPrerequisites prerequisites) : ExecutorServiceConfigurator(config, prerequisites)
{
    public override ExecutorService Produce(string id) => new Service(id);

    private sealed class Service(string id) : ExecutorService(id)
    {
        public override void Execute(IRunnable run) => ThreadPool.UnsafeQueueUserWorkItem(run, preferLocal: false);

        public override void Shutdown()
        {
            // The pool is everybody's.
        }
    }
}
