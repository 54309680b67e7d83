using System.Buffers;
using System.Net.Sockets;

namespace ActorSockets.Tests.Faults;

/// <summary>Clients that reset their connection while the server is writing to it.</summary>
[Trait("Category", "Faults")]
[Collection(nameof(Alone))]
public sealed class ResetFloodTests : LeftoverTest
{
    private const int Clients = 200;

    private static readonly byte[] Piece = new byte[16 * 1024];

    [SkippableTheory]
    [InlineData("delegate")]
    [InlineData("request handler")]
    [InlineData("connection actor")]
    public async Task Two_hundred_resets_in_mid_write_end_one_connection_each(string style)
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "sockets are counted in /proc");
        var notes = new WitnessActor.Notes();
        var server = await StartAsync(s => _ = style switch
        {
            "delegate" => s.Listen("tcp://127.0.0.1:0").Handle(PourAsync),
            "request handler" => s.Listen("tcp://127.0.0.1:0").Handle(() => new PouringHandler(notes)),
            _ => s.Listen("tcp://127.0.0.1:0").Handle(() => new PouringActor(notes)),
        });
        var before = Holdings.Count();
        await using var bystander = await Bystander.JoinAsync(server);

        await Task.WhenAll(Enumerable.Range(0, Clients).Select(async number =>
        {
            using var client = await ConnectAsync(server);
            await SendAsync(client, "pour\n");

            // It is being written to; some while the server waits for them, some while it need not.
            var buffer = new byte[1 + (number % 10 * 64 * 1024)];
            await client.GetStream().ReadExactlyAsync(buffer).AsTask().WaitAsync(Deadline);
            client.Client.Close(timeout: 0);
        }));

        await ClosedAsync(server, CloseReason.PeerReset, Clients);
        await bystander.LeaveAsync();
        await AssertNothingIsLeftAsync(server, before);
        var reset = server.RecentlyClosed.Where(closed => closed.Reason == CloseReason.PeerReset).ToList();
        Assert.Equal(Clients, reset.Select(closed => closed.Id).Distinct().Count());
        Assert.Equal((1 + Clients, 0), (server.Statistics.Accepted, server.Statistics.HandlerFailures));
        if (style != "delegate")
        {
            await UntilAsync(() => notes.Ended.Count == 1 + Clients, "all are told");
            Assert.Equal(server.RecentlyClosed.Select(closed => (closed.Id, closed.Reason)).Order(), notes.Ended.Order());
        }
    }

    /// <summary>Sends each line back, and at "pour" sends without end.</summary>
    private static async Task PourAsync(Connection connection)
    {
        await foreach (var line in connection.ReadLinesAsync())
        {
            while (line.ToString() == "pour")
            {
                await connection.SendAsync(Piece);
            }

            await connection.SendAsync($"{line}\n");
        }
    }

    private sealed class PouringHandler(WitnessActor.Notes notes) : StreamRequestHandler
    {
        protected internal override Task HandleAsync() => PourAsync(Connection);

        protected internal override void OnClosed(CloseReason reason) => notes.Ended.Enqueue((Connection.Id, reason));
    }

    private sealed class PouringActor : ConnectionActor
    {
        private readonly WitnessActor.Notes _notes;
        private bool _waits;

        public PouringActor(WitnessActor.Notes notes)
            : base(FrameReader.Lines())
        {
            _notes = notes;
            Receive<string>(_ => Pour());
        }

        protected override void OnFrame(in ReadOnlySequence<byte> frame)
        {
            if (frame.FirstSpan.SequenceEqual("pour"u8))
            {
                Pour();
                return;
            }

            FrameWriter.Lines().Write(Connection.Output, frame);
        }

        protected override void OnWritingPaused() => _waits = true;

        protected override void OnWritingResumed()
        {
            _waits = false;
            Pour();
        }

        protected override void OnClosed(CloseReason reason) => _notes.Ended.Enqueue((Connection.Id, reason));

        private void Pour()
        {
            if (!_waits)
            {
                Connection.Output.Write(Piece);
                Self.Tell("more", Akka.Actor.ActorRefs.NoSender);
            }
        }
    }
}
