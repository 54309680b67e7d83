using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace ActorSockets.Tests.Faults;

/// <summary>Datagrams from far more addresses than there may be peers. Linux alone answers to all of 127.0.0.0/8, and says what its own queue has dropped.</summary>
[Trait("Category", "Faults")]
[Collection(nameof(Alone))]
public sealed class DatagramFloodTests : LeftoverTest
{
    private const int Known = 4;
    private const int MaxPeers = 1000;
    private const int Addresses = 10_500;
    private const int OfEach = 3;

    [SkippableTheory]
    [InlineData(false)]
    [InlineData(true)]
    [Proves("the kernel's receive buffer is full", "RcvbufErrors")]
    public async Task The_table_of_peers_is_bounded_and_those_who_are_known_are_answered_and_no_datagram_is_unaccounted_for(bool isSlow)
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "only Linux has all of these addresses");
        var gate = new TaskCompletionSource();
        var before = Holdings.Count();
        var server = await StartAsync(s => s.Listen("udp://127.0.0.1:0").Configure(o => (o.MaxPeers, o.DatagramQueue) = (MaxPeers, 1)).HandleDatagram(async datagram =>
        {
            if (isSlow && datagram.Data.Span.SequenceEqual("flood"u8))
            {
                await gate.Task;
            }

            datagram.Reply(datagram.Data);
        }));
        var most = 0L;
        var knownPeers = Enumerable.Range(0, Known).Select(_ => OpenUdp(server)).ToList();
        foreach (var known in knownPeers)
        {
            Assert.Equal("known", await ExchangeAsync(known, "known"));
        }

        using var floods = new CancellationTokenSource();
        var talks = knownPeers.Select(known => TalkAsync(known, floods.Token)).ToList();
        var flooded = await Task.Factory.StartNew(() => Flood(server, () => most = Math.Max(most, server.Statistics.Active)), TaskCreationOptions.LongRunning);
        await floods.CancelAsync();
        var (asked, answered) = (0, 0);
        foreach (var (itsAsked, itsAnswered) in await Task.WhenAll(talks))
        {
            Assert.True(itsAnswered > 0, "it was answered during the flood");
            (asked, answered) = (asked + itsAsked, answered + itsAnswered);
        }

        var sent = Known + asked + flooded;
        await UntilAsync(
            () => server.Statistics.DatagramsReceived + CountKernelDrops(server.Endpoints[0].Port) == sent,
            "each has arrived, or the kernel has dropped it",
            () => $"{sent} sent, {server.Statistics.DatagramsReceived} received, {CountKernelDrops(server.Endpoints[0].Port)} dropped");
        gate.SetResult();
        await AssertBalancedAsync(server);
        Assert.Equal((MaxPeers, MaxPeers), (most, server.Statistics.Active));
        Assert.Equal(MaxPeers, server.Statistics.Accepted);
        Assert.InRange(server.Statistics.DatagramsDropped[DropReason.TooManyPeers], 1, (Addresses - MaxPeers + Known) * (long)OfEach);
        Assert.InRange(server.Statistics.DatagramsDropped[DropReason.QueueFull], isSlow ? 1 : 0, MaxPeers * (long)OfEach);
        foreach (var known in knownPeers)
        {
            known.Dispose();
        }

        Assert.Equal(0, (await server.StopAsync().WaitAsync(Deadline)).Aborted);
        await AssertBalancedAsync(server);
        await before.ComeBackAsync();
    }

    /// <summary>Sends from each address, each port of which is another's.</summary>
    /// <returns>How many were sent.</returns>
    private static int Flood(SocketServer server, Action look)
    {
        var to = new IPEndPoint(IPAddress.Loopback, server.Endpoints[0].Port);
        var sent = 0;
        for (var address = 0; address < Addresses; address++)
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            socket.Bind(new IPEndPoint(new IPAddress([127, 1, (byte)(address >> 8), (byte)address]), 0));
            for (var i = 0; i < OfEach; i++)
            {
                sent += socket.SendTo("flood"u8, to) > 0 ? 1 : 0;
            }

            if (address % 100 == 0)
            {
                look();
            }
        }

        return sent;
    }

    /// <summary>Asks on and on. What the kernel has no room for is not answered.</summary>
    private static async Task<(int Asked, int Answered)> TalkAsync(UdpClient client, CancellationToken end)
    {
        var (asked, answered) = (0, 0);
        while (!end.IsCancellationRequested)
        {
            var question = string.Create(CultureInfo.InvariantCulture, $"question {++asked}");
            await client.SendAsync(Encoding.ASCII.GetBytes(question), CancellationToken.None);
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(1));
            try
            {
                while (Encoding.ASCII.GetString((await client.ReceiveAsync(patience.Token)).Buffer) != question)
                {
                    // The late answer to an earlier one.
                }

                answered++;
            }
            catch (OperationCanceledException)
            {
                // Dropped.
            }
        }

        return (asked, answered);
    }

    /// <summary>The last column of <c>/proc/net/udp</c>.</summary>
    private static long CountKernelDrops(int port)
    {
        var local = string.Create(CultureInfo.InvariantCulture, $"0100007F:{port:X4}");
        var line = File.ReadLines("/proc/net/udp").Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)).Single(fields => fields[1] == local && fields[2].EndsWith(":0000", StringComparison.Ordinal));
        return long.Parse(line[^1], CultureInfo.InvariantCulture);
    }
}
