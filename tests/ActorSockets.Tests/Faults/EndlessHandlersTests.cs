using System.Buffers;
using System.Net.Sockets;
using Akka.Actor;

namespace ActorSockets.Tests.Faults;

/// <summary>Handlers that come to no end, wherever they can: a stop ends in time all the same, and counts whom it has cut.</summary>
[Trait("Category", "Faults")]
[Collection(nameof(Alone))]
public sealed class EndlessHandlersTests : ServerTest
{
    private const int Endless = 3;

    private readonly HashSet<string> _entered = [];
    private volatile bool _isOver;

    public static TheoryData<string, string> StylesAndWays
    {
        get
        {
            var all = new TheoryData<string, string>();
            foreach (var (style, ways) in new (string, string[])[]
            {
                ("delegate", ["handle", "a loop that yields", "reads that fail", "verify hook", "error hook"]),
                ("request handler", ["verify", "setup", "handle", "finish", "error hook"]),
                ("connection actor", ["verify", "ReceiveAsync", "messages to itself", "error hook"]),
                ("datagram delegate", ["handle", "verify hook", "error hook"]),
                ("datagram request handler", ["verify", "setup", "handle", "finish", "error hook"]),
                ("datagram actor", ["ReceiveAsync", "error hook"]),
            })
            {
                Array.ForEach(ways, way => all.Add(style, way));
            }

            return all;
        }
    }

    [Theory]
    [MemberData(nameof(StylesAndWays))]
    public async Task A_stop_cuts_it_at_drain_timeout(string style, string way)
    {
        var isStream = !style.StartsWith("datagram", StringComparison.Ordinal);
        var server = await StartAsync(s => Handle(s.Listen(isStream ? "tcp://127.0.0.1:0" : "udp://127.0.0.1:0"), style, way)
            .Configure(o => o.DrainTimeout = TimeSpan.FromMilliseconds(50)));
        var clients = isStream ? await Task.WhenAll(Enumerable.Range(0, Endless).Select(_ => ConnectAsync(server))) : [];
        var peers = isStream ? [] : Enumerable.Range(0, Endless).Select(_ => OpenUdp(server)).ToList();
        await Task.WhenAll(clients.Select(client => SendAsync(client, "go\n")));
        await Task.WhenAll(peers.Select(peer => peer.SendAsync("go"u8.ToArray()).AsTask()));
        await UntilAsync(() => CountEntered() == Endless, "they are in it", () => $"{CountEntered()}");

        Assert.Equal(new StopReport(0, Endless), await server.StopAsync().WaitAsync(Deadline));

        Assert.Equal(Endless, server.Statistics.Closed[CloseReason.DrainTimeout]);
        foreach (var client in clients)
        {
            var error = await Assert.ThrowsAsync<SocketException>(() => ReadToEndAsync(client));
            Assert.Equal(SocketError.ConnectionReset, error.SocketErrorCode);
            client.Dispose();
        }

        peers.ForEach(peer => peer.Dispose());
        await AssertBalancedAsync(server);

        // Nothing of it is in the way of the next one.
        var next = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").HandleLines("connection actor"));
        using var served = await ConnectAsync(next);
        await SendAsync(served, "a\n");
        await ExpectAsync(served, "a\n");
    }

    protected override void AfterAll()
    {
        _isOver = true;
        base.AfterAll();
    }

    private int CountEntered()
    {
        lock (_entered)
        {
            return _entered.Count;
        }
    }

    private void Enter(Peer peer)
    {
        lock (_entered)
        {
            _entered.Add(peer.Id);
        }
    }

    private Task StayAsync(Peer peer)
    {
        Enter(peer);
        return Task.Delay(Timeout.Infinite);
    }

    private async ValueTask<T> StayAsync<T>(Peer peer, T answer)
    {
        await StayAsync(peer);
        return answer;
    }

    private SocketServerBuilder Handle(SocketServerBuilder server, string style, string way)
    {
        if (way == "verify hook")
        {
            server.Verify(connection => StayAsync(connection, true)).VerifyDatagram(datagram => StayAsync(datagram.Peer, true));
        }

        if (way == "error hook")
        {
            server.OnError(context => StayAsync(context.Peer, ErrorDirective.ApplyPolicy));
        }

        return style switch
        {
            "delegate" => server.Handle(connection => HandleAsync(connection, way)),
            "request handler" => server.Handle(() => new Handler(this, way)),
            "connection actor" => server.Handle(() => new EndlessActor(this, way)),
            "datagram delegate" => server.HandleDatagram(datagram => way == "error hook" ? throw new InvalidOperationException("asked to") : StayAsync(datagram.Peer)),
            "datagram request handler" => server.Handle(() => new PeerHandler(this, way)),
            _ => server.Handle(() => new EndlessPeer(this, way)),
        };
    }

    private async Task HandleAsync(Connection connection, string way)
    {
        switch (way)
        {
            case "a loop that yields":
                Enter(connection);
                while (!_isOver)
                {
                    await Task.Yield();
                }

                break;
            case "reads that fail":
                await connection.ReadLineAsync();
                Enter(connection);
                while (!_isOver)
                {
                    try
                    {
                        await connection.ReadLineAsync();
                    }
                    catch (IOException)
                    {
                        await Task.Yield();
                    }
                }

                break;
            case "error hook":
                throw new InvalidOperationException("asked to");
            default:
                await StayAsync(connection);
                break;
        }
    }

    private sealed class Handler(EndlessHandlersTests test, string way) : StreamRequestHandler
    {
        protected internal override ValueTask<bool> VerifyAsync() => way == "verify" ? test.StayAsync(Connection, true) : base.VerifyAsync();

        protected internal override Task SetupAsync() => way == "setup" ? test.StayAsync(Connection) : Task.CompletedTask;

        protected internal override Task HandleAsync() =>
            way == "error hook" ? throw new InvalidOperationException("asked to") : way == "handle" ? test.StayAsync(Connection) : Task.CompletedTask;

        protected internal override Task FinishAsync() => way == "finish" ? test.StayAsync(Connection) : Task.CompletedTask;
    }

    private sealed class EndlessActor : ConnectionActor
    {
        private readonly EndlessHandlersTests _test;
        private readonly string _way;

        public EndlessActor(EndlessHandlersTests test, string way)
        {
            (_test, _way) = (test, way);
            ReceiveAsync<string>(_ => test.StayAsync(Connection));
            Receive<int>(number =>
            {
                test.Enter(Connection);
                Self.Tell(number + 1);
            });
        }

        protected override ValueTask<bool> VerifyAsync() => _way == "verify" ? _test.StayAsync(Connection, true) : base.VerifyAsync();

        protected override void OnReceived(in ReadOnlySequence<byte> data)
        {
            switch (_way)
            {
                case "error hook":
                    throw new InvalidOperationException("asked to");
                case "ReceiveAsync":
                    Self.Tell("stay");
                    break;
                default:
                    Self.Tell(0);
                    break;
            }
        }
    }

    private sealed class PeerHandler(EndlessHandlersTests test, string way) : DatagramRequestHandler
    {
        protected internal override ValueTask<bool> VerifyAsync() => way == "verify" ? test.StayAsync(Datagram.Peer, true) : base.VerifyAsync();

        protected internal override Task SetupAsync() => way == "setup" ? test.StayAsync(Datagram.Peer) : Task.CompletedTask;

        protected internal override Task HandleAsync() =>
            way == "error hook" ? throw new InvalidOperationException("asked to") : way == "handle" ? test.StayAsync(Datagram.Peer) : Task.CompletedTask;

        protected internal override Task FinishAsync() => way == "finish" ? test.StayAsync(Datagram.Peer) : Task.CompletedTask;
    }

    private sealed class EndlessPeer : DatagramActor
    {
        private readonly string _way;

        public EndlessPeer(EndlessHandlersTests test, string way)
        {
            _way = way;
            ReceiveAsync<string>(_ => test.StayAsync(Peer));
        }

        protected override void OnReceived(Datagram datagram)
        {
            if (_way == "error hook")
            {
                throw new InvalidOperationException("asked to");
            }

            Self.Tell("stay");
        }
    }
}
