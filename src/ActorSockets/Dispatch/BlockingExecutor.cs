using System.Collections.Concurrent;
using Akka.Configuration;
using Akka.Dispatch;

namespace ActorSockets.Dispatch;

/// <summary>
/// The executor of <see cref="ServerDispatcher.Blocking"/>: threads of its own. Akka.NET's fork-join-executor is not one for what blocks: it wakes no
/// more threads at a time than there are processors, and what else is queued then waits although threads are free.
/// </summary>
internal sealed class BlockingExecutor : ExecutorServiceConfigurator
{
    private readonly int _threadCount;

    /// <param name="config">The dispatcher's section.</param>
    /// <param name="prerequisites">Akka.NET's.</param>
    /// <exception cref="ConfigurationException">There would be no thread.</exception>
    public BlockingExecutor(Config config, IDispatcherPrerequisites prerequisites)
        : base(config, prerequisites)
    {
        _threadCount = config.GetInt("thread-count");
        if (_threadCount < 1)
        {
            throw new ConfigurationException("thread-count is less than 1");
        }
    }

    public override ExecutorService Produce(string id) => new Service(id, _threadCount);

    private sealed class Service : ExecutorService
    {
        private readonly BlockingCollection<IRunnable> _work = [];

        public Service(string id, int threadCount)
            : base(id)
        {
            for (var number = 1; number <= threadCount; number++)
            {
                new Thread(Run) { IsBackground = true, Name = $"actor-sockets-blocking-{number}" }.Start();
            }
        }

        public override void Execute(IRunnable run)
        {
            try
            {
                _work.Add(run);
            }
            catch (InvalidOperationException exception)
            {
                // It was shut down at this moment; the dispatcher has a new one.
                throw new RejectedExecutionException(exception.Message, exception);
            }
        }

        public override void Shutdown() => _work.CompleteAdding();

        private void Run()
        {
            foreach (var run in _work.GetConsumingEnumerable())
            {
                run.Execute();
            }
        }
    }
}
