using ActorSockets.Benchmarks.Subjects.DotNet;
using Akka.Actor;
using BenchmarkDotNet.Attributes;

namespace ActorSockets.Benchmarks.Parts;

/// <summary>The edge between a transport and its actor: one preallocated message, told when something is there; per message.</summary>
public class MailboxEdgeBenchmarks
{
    private const int Messages = 10_000;

    private ActorSystem _system = null!;
    private IActorRef _counter = null!;
    private IActorRef _first = null!;

    [GlobalSetup]
    public void Start()
    {
        _system = ActorSystem.Create("edge", QuietAkka.Config);
        _counter = _system.ActorOf<Counter>();
        _first = _system.ActorOf(Props.Create(() => new Player(_system.ActorOf<Partner>(null))));
    }

    [GlobalCleanup]
    public Task StopAsync() => _system.Terminate();

    /// <summary>Each finds the actor busy: what a burst costs.</summary>
    [Benchmark(OperationsPerInvoke = Messages)]
    public Task Burst()
    {
        var done = new TaskCompletionSource();
        _counter.Tell(done);
        for (var message = 0; message < Messages; message++)
        {
            _counter.Tell(Token.Instance);
        }

        return done.Task;
    }

    /// <summary>Each finds the actor idle: what a hop through the dispatcher costs.</summary>
    [Benchmark(OperationsPerInvoke = Messages)]
    public Task Hop()
    {
        var done = new TaskCompletionSource();
        _first.Tell(done);
        return done.Task;
    }

    private sealed class Token : INoSerializationVerificationNeeded
    {
        public static readonly Token Instance = new();
    }

    private sealed class Counter : ReceiveActor
    {
        private TaskCompletionSource? _done;
        private int _left;

        public Counter()
        {
            Receive<Token>(_ =>
            {
                if (--_left == 0)
                {
                    _done!.SetResult();
                }
            });
            Receive<TaskCompletionSource>(done => (_done, _left) = (done, Messages));
        }
    }

    private sealed class Player : ReceiveActor
    {
        private TaskCompletionSource? _done;
        private int _left;

        public Player(IActorRef partner)
        {
            Receive<Token>(_ =>
            {
                if ((_left -= 2) > 0)
                {
                    partner.Tell(Token.Instance);
                }
                else
                {
                    _done!.SetResult();
                }
            });
            Receive<TaskCompletionSource>(done =>
            {
                (_done, _left) = (done, Messages);
                partner.Tell(Token.Instance);
            });
        }
    }

    private sealed class Partner : ReceiveActor
    {
        public Partner() => Receive<Token>(token => Sender.Tell(token));
    }
}
