using System.Net.Sockets;
using System.Runtime.Versioning;
using System.Text;

namespace ActorSockets.Tests;

/// <summary>Unix datagram endpoints: senders with and without a name, and those that do not read.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class UnixDatagramTests : ServerTest
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("as");

    private string SocketPath => Path.Join(_directory.FullName, "s");

    [Fact]
    public async Task Senders_are_peers_by_their_names()
    {
        await StartAsync(s => s.Listen($"unixgram:{SocketPath}").Handle<CounterPeer>());
        using var shorter = Open("a");
        using var longer = Open("a-longer-name");

        Assert.Equal("1 x", await AskAsync(shorter, "x"));
        Assert.Equal("1 y", await AskAsync(longer, "y"));
        Assert.Equal("2 z", await AskAsync(shorter, "z"));
    }

    [Fact]
    public async Task A_sender_without_a_name_is_handled_and_its_reply_is_a_failure_of_its_peer()
    {
        var replies = new TaskCompletionSource<(bool, long)>();
        var server = await StartAsync(s => s.Listen($"unixgram:{SocketPath}").HandleDatagram(datagram =>
        {
            replies.TrySetResult((datagram.Reply(datagram.Data), datagram.Peer.SendFailures));
            return Task.CompletedTask;
        }));
        using var client = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);

        await client.SendToAsync("x"u8.ToArray(), new UnixDomainSocketEndPoint(SocketPath));

        Assert.Equal((false, 1), await replies.Task.WaitAsync(Deadline));
        await UntilAsync(() => server.Statistics.DatagramsHandled == 1, "handled");
        Assert.Equal(1, server.Statistics.DatagramSendFailures);
    }

    [Fact]
    public async Task A_peer_that_does_not_read_holds_up_nobody_and_each_failure_is_its_own()
    {
        // More than any queue of the kernel takes.
        const int Replies = 5000;
        var failures = new TaskCompletionSource<(int Failed, long Counted)>();
        var server = await StartAsync(s => s.Listen($"unixgram:{SocketPath}").HandleDatagram(datagram =>
        {
            if (datagram.Data.Span.SequenceEqual("flood"u8))
            {
                var failed = Enumerable.Range(0, Replies).Count(_ => !datagram.Reply(datagram.Data));
                failures.SetResult((failed, datagram.Peer.SendFailures));
            }
            else
            {
                Assert.Equal(0, datagram.Peer.SendFailures);
                datagram.Reply(datagram.Data);
            }

            return Task.CompletedTask;
        }));
        using var deaf = Open("deaf");
        using var client = Open("client");

        await deaf.SendToAsync("flood"u8.ToArray(), new UnixDomainSocketEndPoint(SocketPath));

        var (failed, counted) = await failures.Task.WaitAsync(Deadline);
        Assert.InRange(failed, 1, Replies - 1);
        Assert.Equal(failed, counted);
        Assert.Equal("fine", await AskAsync(client, "fine"));
        Assert.Equal(failed, server.Statistics.DatagramSendFailures);
    }

    [Fact]
    public async Task A_peer_that_is_gone_is_a_failure_of_its_own()
    {
        var gate = new TaskCompletionSource();
        var reply = new TaskCompletionSource<(bool, long)>();
        await StartAsync(s => s.Listen($"unixgram:{SocketPath}").HandleDatagram(async datagram =>
        {
            await gate.Task;
            reply.SetResult((datagram.Reply(datagram.Data), datagram.Peer.SendFailures));
        }));
        using (var gone = Open("gone"))
        {
            await gone.SendToAsync("x"u8.ToArray(), new UnixDomainSocketEndPoint(SocketPath));
        }

        gate.SetResult();

        Assert.Equal((false, 1), await reply.Task.WaitAsync(Deadline));
    }

    protected override void AfterAll()
    {
        base.AfterAll();
        _directory.Delete(true);
    }

    private Socket Open(string name)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(Path.Join(_directory.FullName, name)));
        return socket;
    }

    private async Task<string> AskAsync(Socket client, string text)
    {
        await client.SendToAsync(Encoding.UTF8.GetBytes(text), new UnixDomainSocketEndPoint(SocketPath));
        var buffer = new byte[100];
        var length = await client.ReceiveAsync(buffer).WaitAsync(Deadline);
        return Encoding.UTF8.GetString(buffer, 0, length);
    }
}
