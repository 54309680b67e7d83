using System.Buffers;
using System.Text;
using Akka.Actor;

namespace ActorSockets.Tests.Faults;

/// <summary>Send each line back, and come to all places where a handler can throw: those of "handle" at the line "trap" alone.</summary>
internal static class TrappedHandlers
{
    // Too much for the kernel, so that writing is paused.
    private static readonly byte[] Much = new byte[4 * 1024 * 1024];

    public static SocketServerBuilder HandleTrapped(this SocketServerBuilder server, string style, Trap trap)
    {
        server.Configure(options => options.WriteLimit = 4 * Much.Length).Verify(_ =>
        {
            trap.At("verify hook");
            return ValueTask.FromResult(true);
        });
        server.HookErrors(style, trap);
        return style switch
        {
            "delegate" => server.Handle(connection =>
            {
                trap.At("before the first await");
                return EchoAsync(connection, trap);
            }),
            "request handler" => server.Handle(() => new Handler(trap)),
            _ => server.Handle(() => new TrappedActor(trap)),
        };
    }

    /// <summary>A delegate has no error hook of its own.</summary>
    public static void HookErrors(this SocketServerBuilder server, string style, Trap trap)
    {
        if (style == "delegate")
        {
            server.OnError(_ =>
            {
                trap.At("error hook");
                return ValueTask.FromResult(ErrorDirective.ApplyPolicy);
            });
        }
    }

    private static async Task EchoAsync(Connection connection, Trap trap)
    {
        await foreach (var line in connection.ReadLinesAsync())
        {
            if (line.ToString() == "trap")
            {
                trap.At("handle");
            }

            await connection.SendAsync($"{line}\n");
        }
    }

    private sealed class Handler : StreamRequestHandler
    {
        private readonly Trap _trap;

        public Handler(Trap trap)
        {
            _trap = trap;
            trap.At("constructor");
        }

        protected internal override ValueTask<bool> VerifyAsync()
        {
            _trap.At("verify");
            return ValueTask.FromResult(true);
        }

        protected internal override Task SetupAsync()
        {
            _trap.At("setup");
            return Task.CompletedTask;
        }

        protected internal override Task HandleAsync() => EchoAsync(Connection, _trap);

        protected internal override Task FinishAsync()
        {
            _trap.At("finish");
            return Task.CompletedTask;
        }

        protected internal override ValueTask<ErrorDirective> OnErrorAsync(ErrorContext context)
        {
            _trap.At("error hook");
            return base.OnErrorAsync(context);
        }

        protected internal override void OnClosed(CloseReason reason)
        {
            _trap.Ended.Enqueue(Connection.Id);
            _trap.At("OnClosed");
        }
    }

    private sealed class TrappedActor : ConnectionActor
    {
        private readonly Trap _trap;

        public TrappedActor(Trap trap)
            : base(FrameReader.Lines())
        {
            _trap = trap;
            trap.At("constructor");
            Receive<string>(_ => trap.At("Receive"));
            ReceiveAsync<int>(async _ =>
            {
                await Task.Yield();
                trap.At("ReceiveAsync");
            });
        }

        protected override void PreStart() => _trap.At("PreStart");

        protected override void PostStop() => _trap.At("PostStop");

        protected override void PreRestart(Exception reason, object message)
        {
            _trap.At("PreRestart");
            base.PreRestart(reason, message);
        }

        protected override void PostRestart(Exception reason)
        {
            _trap.At("PostRestart");
            base.PostRestart(reason);
        }

        protected override ValueTask<bool> VerifyAsync()
        {
            _trap.At("verify");
            return ValueTask.FromResult(true);
        }

        protected override void OnConnected() => _trap.At("OnConnected");

        protected override void OnFrame(in ReadOnlySequence<byte> frame)
        {
            FrameWriter.Lines().Write(Connection.Output, frame);
            if (frame.FirstSpan.SequenceEqual("trap"u8))
            {
                _trap.At("handle");
                Self.Tell("message", ActorRefs.NoSender);
                Self.Tell(1, ActorRefs.NoSender);
                Connection.Output.Write(Much);
            }
        }

        protected override void OnWritingPaused() => _trap.At("OnWritingPaused");

        protected override void OnWritingResumed() => _trap.At("OnWritingResumed");

        protected override void OnPeerCompleted()
        {
            _trap.At("OnPeerCompleted");
            base.OnPeerCompleted();
        }

        protected override ValueTask<ErrorDirective> OnErrorAsync(ErrorContext context)
        {
            _trap.At("error hook");
            return base.OnErrorAsync(context);
        }

        protected override void OnServerStopping() => _trap.At("OnServerStopping");

        protected override void OnClosed(CloseReason reason)
        {
            _trap.Ended.Enqueue(Connection.Id);
            _trap.At("OnClosed");
        }
    }
}
