using ActorSockets.Benchmarks.Subjects.DotNet;
using Akka.Actor;
using BenchmarkDotNet.Attributes;

namespace ActorSockets.Benchmarks.Parts;

/// <summary>Actors that are made, watched and stopped under one parent, as connections are; per actor.</summary>
public class SpawnBenchmarks
{
    private const int Actors = 1000;

    private ActorSystem _system = null!;
    private IActorRef _parent = null!;

    [GlobalSetup]
    public void Start()
    {
        _system = ActorSystem.Create("spawn", QuietAkka.Config);
        _parent = _system.ActorOf<Parent>();
    }

    [GlobalCleanup]
    public Task StopAsync() => _system.Terminate();

    [Benchmark(OperationsPerInvoke = Actors)]
    public Task SpawnAndStop()
    {
        var done = new TaskCompletionSource();
        _parent.Tell(done);
        return done.Task;
    }

    private sealed class Parent : ReceiveActor
    {
        private static readonly Props ChildProps = Props.Create(() => new Child());

        private TaskCompletionSource? _done;
        private int _left;

        public Parent()
        {
            Receive<TaskCompletionSource>(done =>
            {
                (_done, _left) = (done, Actors);
                for (var actor = 0; actor < Actors; actor++)
                {
                    Context.Stop(Context.Watch(Context.ActorOf(ChildProps)));
                }
            });
            Receive<Terminated>(_ =>
            {
                if (--_left == 0)
                {
                    _done!.SetResult();
                }
            });
        }
    }

    private sealed class Child : ReceiveActor;
}
