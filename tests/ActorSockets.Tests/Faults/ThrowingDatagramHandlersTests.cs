using System.Net.Sockets;
using System.Text;
using Akka.Actor;
using Akka.Event;

namespace ActorSockets.Tests.Faults;

/// <summary>Handlers of datagrams that throw, wherever they can: it costs those for whom they throw, and nobody else.</summary>
[Trait("Category", "Faults")]
public sealed class ThrowingDatagramHandlersTests : ServerTest
{
    private const int Victims = 3;

    public static TheoryData<string, string> StylesAndPlaces
    {
        get
        {
            var all = new TheoryData<string, string>();
            foreach (var (style, places) in new (string, string[])[]
            {
                ("delegate", ["verify hook", "before the first await", "handle", "error hook"]),
                ("request handler", ["verify hook", "constructor", "verify", "setup", "handle", "finish", "error hook"]),
                ("datagram actor", ["verify hook", "constructor", "PreStart", "handle", "Receive", "error hook", "PreRestart", "PostRestart", "OnClosed", "PostStop"]),
            })
            {
                Array.ForEach(places, place => all.Add(style, place));
            }

            return all;
        }
    }

    [Theory]
    [MemberData(nameof(StylesAndPlaces))]
    public async Task It_costs_nobody_else_anything_and_the_books_balance(string style, string place)
    {
        foreach (var policy in new[] { RestartPolicy.Close, RestartPolicy.Restart(max: 2), RestartPolicy.Resume(max: 2) })
        {
            if (policy.OnFailure == OnFailure.Restart || place is not ("PreRestart" or "PostRestart"))
            {
                await ThrowAsync(style, place, policy);
            }
        }
    }

    [Theory]
    [InlineData("delegate")]
    [InlineData("request handler")]
    [InlineData("datagram actor")]
    public async Task A_message_that_nobody_knows_is_not_fatal(string style)
    {
        Sys.EventStream.Subscribe(TestActor, typeof(UnhandledMessage));
        IActorRef? peer = null;
        var server = await StartAsync(s => Handle(s.Listen("udp://127.0.0.1:0"), style, new Trap("nowhere")).VerifyDatagram(datagram =>
        {
            peer = datagram.Peer.Self;
            return ValueTask.FromResult(true);
        }));
        using var client = OpenUdp(server);
        Assert.Equal("a", await ExchangeAsync(client, "a"));

        peer!.Tell(new Version(1, 2), TestActor);

        await FishForMessageAsync<UnhandledMessage>(unhandled => unhandled.Recipient.Equals(peer), Deadline);
        Assert.Equal("b", await ExchangeAsync(client, "b"));
        Assert.Equal((0, 1), (server.Statistics.HandlerFailures, server.Statistics.Accepted));
    }

    private async Task ThrowAsync(string style, string place, RestartPolicy policy)
    {
        var trap = new Trap(place, most: Victims);
        var server = await StartAsync(s => Handle(s.Listen("udp://127.0.0.1:0"), style, trap).OnFailure(policy), $"{policy.OnFailure}");
        using var bystander = OpenUdp(server);
        Assert.Equal("a", await ExchangeAsync(bystander, "a"));
        var victims = Enumerable.Range(0, Victims).Select(_ => OpenUdp(server)).ToList();

        trap.Set();
        await SendAsync(victims, "trap");
        if (place is "OnClosed" or "PostStop")
        {
            await SendAsync(victims, "close");
        }

        await UntilAsync(() => trap.Sprung == Victims, "it was sprung", () => $"{trap.Sprung}; {server.Statistics}");
        Assert.Equal("b", await ExchangeAsync(bystander, "b"));
        await AssertBalancedAsync(server);

        foreach (var victim in victims)
        {
            await IsAnsweredAsync(victim);
            victim.Dispose();
        }

        Assert.Equal("c", await ExchangeAsync(bystander, "c"));
        Assert.Equal((0, 0, null), (server.Statistics.Rebinds, server.LostEndpoints.Count, server.HandlerFailure));
        Assert.Equal(0, (await server.StopAsync().WaitAsync(Deadline)).Aborted);
        Assert.Equal(trap.Ended.Distinct().Order(), trap.Ended.Order());
        Assert.Equal(0, server.Statistics.Active);
        await AssertBalancedAsync(server);
    }

    /// <summary>What comes while its peer is about to end goes with it: it asks again.</summary>
    private static async Task IsAnsweredAsync(UdpClient client)
    {
        var answers = ReceiveAsync();
        await UntilAsync(
            () =>
            {
                client.Send("again"u8);
                return answers.Wait(TimeSpan.FromMilliseconds(50));
            },
            "answered");

        async Task ReceiveAsync()
        {
            // The trap itself may have been answered.
            while (!(await client.ReceiveAsync()).Buffer.AsSpan().SequenceEqual("again"u8))
            {
            }
        }
    }

    private static async Task SendAsync(List<UdpClient> clients, string text)
    {
        foreach (var client in clients)
        {
            await client.SendAsync(Encoding.ASCII.GetBytes(text));
        }
    }

    /// <summary>Sends each datagram back, and comes to all places where a handler can throw: those of "handle" at the datagram "trap" alone.</summary>
    private static SocketServerBuilder Handle(SocketServerBuilder server, string style, Trap trap)
    {
        server.VerifyDatagram(datagram =>
        {
            if (IsTrap(datagram))
            {
                trap.At("verify hook");
            }

            return ValueTask.FromResult(true);
        });
        server.HookErrors(style, trap);
        return style switch
        {
            "delegate" => server.HandleDatagram(datagram =>
            {
                if (IsTrap(datagram))
                {
                    trap.At("before the first await");
                }

                return EchoAsync(datagram, trap);
            }),
            "request handler" => server.Handle(() => new Handler(trap)),
            _ => server.Handle(() => new TrappedPeer(trap)),
        };
    }

    private static bool IsTrap(Datagram datagram) => datagram.Data.Span.SequenceEqual("trap"u8);

    private static async Task EchoAsync(Datagram datagram, Trap trap)
    {
        await Task.Yield();
        Echo(datagram, trap);
    }

    private static void Echo(Datagram datagram, Trap trap)
    {
        if (IsTrap(datagram))
        {
            trap.At("handle");
        }
        else if (datagram.Data.Span.SequenceEqual("close"u8))
        {
            datagram.Peer.Close();
        }
        else
        {
            datagram.Reply(datagram.Data);
        }
    }

    private sealed class Handler : DatagramRequestHandler
    {
        private readonly Trap _trap;

        public Handler(Trap trap)
        {
            _trap = trap;
            trap.At("constructor");
        }

        protected internal override ValueTask<bool> VerifyAsync()
        {
            At("verify");
            return ValueTask.FromResult(true);
        }

        protected internal override Task SetupAsync()
        {
            At("setup");
            return Task.CompletedTask;
        }

        protected internal override Task HandleAsync() => EchoAsync(Datagram, _trap);

        protected internal override Task FinishAsync()
        {
            At("finish");
            return Task.CompletedTask;
        }

        protected internal override ValueTask<ErrorDirective> OnErrorAsync(ErrorContext context)
        {
            At("error hook");
            return base.OnErrorAsync(context);
        }

        private void At(string place)
        {
            if (IsTrap(Datagram))
            {
                _trap.At(place);
            }
        }
    }

    private sealed class TrappedPeer : DatagramActor
    {
        private readonly Trap _trap;

        public TrappedPeer(Trap trap)
        {
            _trap = trap;
            trap.At("constructor");
            Receive<string>(_ => trap.At("Receive"));
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

        protected override void OnReceived(Datagram datagram)
        {
            if (IsTrap(datagram))
            {
                Self.Tell("message", ActorRefs.NoSender);
            }

            Echo(datagram, _trap);
        }

        protected override ValueTask<ErrorDirective> OnErrorAsync(ErrorContext context)
        {
            _trap.At("error hook");
            return base.OnErrorAsync(context);
        }

        protected override void OnClosed(CloseReason reason)
        {
            _trap.Ended.Enqueue(Peer.Id);
            _trap.At("OnClosed");
        }
    }
}
