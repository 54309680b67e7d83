using System.Buffers;
using System.Net.Sockets;
using System.Text;

namespace ActorSockets.Tests.Faults;

/// <summary>Each side ends its direction when it likes, with bytes in flight in both, and nothing of them is lost where TCP allows it.</summary>
[Trait("Category", "Faults")]
[Collection(nameof(Alone))]
public sealed class HalfCloseTests : LeftoverTest
{
    private const int Clients = 20;
    private const string ClientFirst = "client first";
    private const string ServerFirst = "server first";
    private const string Both = "both at once";
    private const string UnreadByServer = "unread by the server";
    private const string UnreadByClient = "unread by the client";

    // More than the kernel keeps on its way, and less than write-limit.
    private static readonly byte[] Asked = Content(1, 700_000);
    private static readonly byte[] Answered = Content(2, 900_000);

    public static TheoryData<string, string> OrdersAndStyles
    {
        get
        {
            var all = new TheoryData<string, string>();
            foreach (var order in new[] { ClientFirst, ServerFirst, Both, UnreadByServer, UnreadByClient })
            {
                all.Add(order, "request handler");
                all.Add(order, "connection actor");
            }

            return all;
        }
    }

    [SkippableTheory]
    [MemberData(nameof(OrdersAndStyles))]
    public async Task Both_sides_get_all_that_the_other_has_sent(string order, string style)
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "sockets are counted in /proc");
        var server = await StartAsync(s => _ = style == "request handler"
            ? s.Listen("tcp://127.0.0.1:0").Handle<HalfClosingHandler>().Configure(o => o.LingerTimeout = Deadline)
            : s.Listen("tcp://127.0.0.1:0").Handle<HalfClosingActor>().Configure(o => o.LingerTimeout = Deadline));
        var before = Holdings.Count();
        await using var bystander = await Bystander.JoinAsync(server);

        await Task.WhenAll(Enumerable.Range(0, Clients).Select(_ => TalkAsync(server, order)));

        await ClosedAsync(server, order == UnreadByServer ? CloseReason.LocalClosed : CloseReason.PeerClosed, Clients);
        await bystander.LeaveAsync();
        await AssertNothingIsLeftAsync(server, before);
        Assert.Equal((1 + Clients, 0), (server.Statistics.Accepted, server.Statistics.HandlerFailures));
    }

    private static async Task TalkAsync(SocketServer server, string order)
    {
        using var client = await ConnectAsync(server);
        await SendAsync(client, $"{order}\n");
        switch (order)
        {
            case ClientFirst:
                await AskAsync(client);
                await IsAnsweredAsync(client);
                break;
            case ServerFirst:
                await IsAnsweredAsync(client);
                await AskAsync(client);
                break;
            case Both:
                await Task.WhenAll(AskAsync(client), IsAnsweredAsync(client));
                break;
            case UnreadByServer:
                // The end of the stream comes while the server has taken little of this; no reset destroys what it said.
                var asking = AskAsync(client);
                await IsAnsweredAsync(client);
                await asking;
                break;
            case UnreadByClient:
                await AskAsync(client);
                await UntilAsync(() => server.Connections.SingleOrDefault(each => each.RemoteEndPoint.Equals(AddressOf(client))) is null or { BytesSent: > 0 }, "it is answered");
                await IsAnsweredAsync(client);
                break;
        }
    }

    private static async Task AskAsync(TcpClient client)
    {
        await client.Client.SendAsync(Asked).WaitAsync(Deadline);
        client.Client.Shutdown(SocketShutdown.Send);
    }

    /// <summary>Gets all and then the end.</summary>
    private static async Task IsAnsweredAsync(TcpClient client)
    {
        var buffer = new byte[Answered.Length + 1];
        var read = 0;
        while (await client.Client.ReceiveAsync(buffer.AsMemory(read)).AsTask().WaitAsync(Deadline) is > 0 and var more)
        {
            read += more;
        }

        Assert.True(buffer.AsSpan(0, read).SequenceEqual(Answered), $"{read} bytes came, or others than were sent");
    }

    private static byte[] Content(int seed, int length)
    {
        var content = new byte[length];
        new Random(seed).NextBytes(content);
        return content;
    }

    /// <summary>Throws where it is not what the client has sent.</summary>
    private static void Check(ReadOnlySpan<byte> asked) =>
        _ = asked.SequenceEqual(Asked) ? true : throw new InvalidOperationException($"{asked.Length} bytes came, or others than were sent");

    private sealed class HalfClosingHandler : StreamRequestHandler
    {
        protected internal override async Task HandleAsync()
        {
            await foreach (var line in Connection.ReadLinesAsync())
            {
                switch ($"{line}")
                {
                    case ClientFirst or UnreadByClient:
                        Check(await Connection.ReadToEndAsync(Asked.Length + 1));
                        await Connection.SendAsync(Answered);
                        return;
                    case ServerFirst:
                        await Connection.SendAsync(Answered);
                        await Connection.CompleteOutputAsync();
                        Check(await Connection.ReadToEndAsync(Asked.Length + 1));
                        return;
                    case Both:
                        var answering = AnswerAsync();
                        Check(await Connection.ReadToEndAsync(Asked.Length + 1));
                        await answering;
                        return;
                    case UnreadByServer:
                        await Connection.SendAsync(Answered);
                        return;
                    default:
                        await Connection.SendAsync($"{line}\n");
                        break;
                }
            }
        }

        private async Task AnswerAsync()
        {
            await Connection.SendAsync(Answered);
            await Connection.CompleteOutputAsync();
        }
    }

    private sealed class HalfClosingActor : ConnectionActor
    {
        private readonly MemoryStream _asked = new();
        private string? _order;

        protected override void OnReceived(in ReadOnlySequence<byte> data)
        {
            var left = data;
            while (_order is null)
            {
                if (left.PositionOf((byte)'\n') is not { } end)
                {
                    Advance(left.Start);
                    return;
                }

                var line = Encoding.ASCII.GetString(left.Slice(0, end));
                left = left.Slice(left.GetPosition(1, end));
                Begin(line);
            }

            foreach (var segment in left)
            {
                _asked.Write(segment.Span);
            }
        }

        protected override void OnPeerCompleted()
        {
            if (_order is null)
            {
                Connection.Close();
                return;
            }

            Check(_asked.ToArray());
            if (_order is ClientFirst or UnreadByClient)
            {
                Connection.Output.Write(Answered);
            }

            Connection.Close();
        }

        private void Begin(string line)
        {
            switch (line)
            {
                case ClientFirst or UnreadByClient:
                    _order = line;
                    break;
                case ServerFirst or Both:
                    _order = line;
                    Connection.Output.Write(Answered);
                    Connection.Output.Complete();
                    break;
                case UnreadByServer:
                    _order = line;
                    Connection.Output.Write(Answered);
                    Connection.Close();
                    break;
                default:
                    Connection.Output.Write(Encoding.ASCII.GetBytes($"{line}\n"));
                    break;
            }
        }
    }
}
