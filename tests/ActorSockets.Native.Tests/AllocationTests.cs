using System.Buffers;
using System.Diagnostics.Tracing;
using System.Net;
using System.Net.Sockets;

namespace ActorSockets.Tests;

[Collection(nameof(Alone))]
public sealed class AllocationTests : ServerTest
{
    private const int Messages = 20_000;

    [Fact]
    public async Task A_message_that_a_connection_actor_echoes_on_the_event_loop_allocates_nothing()
    {
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle<EchoActor>());
        using var client = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, ReceiveTimeout = (int)Deadline.TotalMilliseconds };
        client.Connect(IPAddress.Loopback, server.Endpoints[0].Port);
        Exchange(client);
        using var types = new AllocatedTypes();

        // The test's own machinery allocates now and then: the best of a few rounds counts.
        var perMessage = double.MaxValue;
        for (var round = 0; round < 5 && perMessage >= 1; round++)
        {
            var before = GC.GetTotalAllocatedBytes(precise: true);
            Exchange(client);
            perMessage = (GC.GetTotalAllocatedBytes(precise: true) - before) / (double)Messages;
        }

        Assert.True(perMessage < 1, $"{perMessage:0.00} bytes per message: {types}");
    }

    private static void Exchange(Socket client)
    {
        Span<byte> message = stackalloc byte[64];
        for (var left = Messages; left > 0; left--)
        {
            client.Send(message);
            for (var rest = message; !rest.IsEmpty;)
            {
                rest = rest[client.Receive(rest)..];
            }
        }
    }

    private sealed class EchoActor : ConnectionActor
    {
        protected override void OnReceived(in ReadOnlySequence<byte> data)
        {
            foreach (var piece in data)
            {
                Connection.Output.Write(piece.Span);
            }
        }
    }

    /// <summary>What was allocated, by samples, to tell the reader of a failure where to look.</summary>
    private sealed class AllocatedTypes : EventListener
    {
        private readonly Dictionary<string, int> _samples = [];

        public override string ToString() => string.Join(", ", _samples.OrderByDescending(sample => sample.Value).Take(5));

        protected override void OnEventSourceCreated(EventSource source)
        {
            if (source.Name == "Microsoft-Windows-DotNETRuntime")
            {
                EnableEvents(source, EventLevel.Verbose, (EventKeywords)1);
            }
        }

        protected override void OnEventWritten(EventWrittenEventArgs data)
        {
            if (data.EventName is { } name && name.StartsWith("GCAllocationTick", StringComparison.Ordinal) && _samples is { } samples)
            {
                var type = (string)data.Payload![5]!;
                samples[type] = samples.GetValueOrDefault(type) + 1;
            }
        }
    }
}
