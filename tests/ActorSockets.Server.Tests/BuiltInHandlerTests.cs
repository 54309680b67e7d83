using System.Text;
using ActorSockets.Server.Tests.Support;

namespace ActorSockets.Server.Tests;

public class BuiltInHandlerTests(BuiltInServers servers) : IClassFixture<BuiltInServers>
{
    private const string DaytimeLine = @"\A[A-Z][a-z]+day, [A-Z][a-z]+ \d{1,2}, \d{4} \d\d:\d\d:\d\d[+-]\d\d:\d\d\r\n\z";

    private readonly ServerProcess _server = servers.Process;

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(1500)]
    [InlineData(65_507)]
    public async Task Echo_sends_a_datagram_back_whole(int length)
    {
        using var client = new DatagramClient(_server.Port("echo", "udp"));
        var data = new byte[length];
        Random.Shared.NextBytes(data);

        Assert.Equal(data, await client.ExchangeAsync(data));
    }

    [Fact]
    public async Task Echo_answers_each_of_many_datagram_peers()
    {
        var texts = Enumerable.Range(0, 50).Select(number => $"peer {number}").ToArray();
        var answers = await Task.WhenAll(texts.Select(async text =>
        {
            using var client = new DatagramClient(_server.Port("echo", "udp"));
            return await client.ExchangeAsync(text);
        }));

        Assert.Equal(texts, answers);
    }

    [Fact]
    public async Task Discard_takes_everything_and_answers_nothing()
    {
        Assert.Empty(await StreamClient.ExchangeAsync(_server.Port("discard"), new byte[1_000_000]));
    }

    [Fact]
    public async Task Discard_does_not_answer_datagrams()
    {
        using var discard = new DatagramClient(_server.Port("discard", "udp"));
        using var echo = new DatagramClient(_server.Port("echo", "udp"));
        await discard.SendAsync("anything");

        Assert.Equal("after it", await echo.ExchangeAsync("after it"));
        Assert.False(discard.HasReceived);
    }

    [Fact]
    public async Task Daytime_sends_one_line_and_closes()
    {
        using var client = await StreamClient.ConnectAsync(_server.Port("daytime"));

        Assert.Matches(DaytimeLine, await client.ReadTextToEndAsync());
    }

    [Theory]
    [InlineData("")]
    [InlineData("what time is it?")]
    public async Task Daytime_answers_any_datagram_with_one_line(string text)
    {
        using var client = new DatagramClient(_server.Port("daytime", "udp"));

        Assert.Matches(DaytimeLine, await client.ExchangeAsync(text));
    }

    [Fact]
    public async Task Chargen_sends_the_rotating_lines_of_RFC_864()
    {
        var expected = new StringBuilder();
        for (var line = 0; line < 200; line++)
        {
            for (var column = 0; column < 72; column++)
            {
                expected.Append((char)(' ' + ((line + column) % 95)));
            }

            expected.Append("\r\n");
        }

        using var client = await StreamClient.ConnectAsync(_server.Port("chargen"));

        Assert.Equal(expected.ToString(), await client.ReadTextAsync(expected.Length));
    }

    [Fact]
    public async Task Chargen_outlives_clients_that_leave_in_the_middle()
    {
        for (var number = 0; number < 5; number++)
        {
            using var client = await StreamClient.ConnectAsync(_server.Port("chargen"));
            await client.ReadAsync(1_000);
            client.Reset();
        }

        using var last = await StreamClient.ConnectAsync(_server.Port("chargen"));
        Assert.Equal(1_000_000, (await last.ReadAsync(1_000_000)).Length);
    }

    [Fact]
    public async Task Counter_numbers_lines_however_they_are_cut()
    {
        using var client = await StreamClient.ConnectAsync(_server.Port("counter"));
        await client.SendAsync("a\r\nb");
        Assert.Equal("1 a\n", await client.ReadTextAsync(4));
        await client.SendAsync("c\n\nd\nno line end");
        client.FinishSending();

        Assert.Equal("2 bc\n3 \n4 d\n", await client.ReadTextToEndAsync());
    }

    [Fact]
    public async Task Counter_closes_on_a_line_that_is_longer_than_the_window_without_failing()
    {
        await using var server = await ServerProcess.StartAsync(
            """counter { handler = counter, listen = ["tcp://127.0.0.1:0"], restart { on-failure = escalate } }""");
        // It may be cut before it has sent all.
        await StreamClient.ExchangeIgnoringResetAsync(server.Port("counter"), new string('q', 300_000));

        Assert.Equal("1 a\n", await StreamClient.ExchangeAsync(server.Port("counter"), "a\n"));
    }

    [Fact]
    public async Task Counter_closes_on_a_line_that_is_too_long()
    {
        Assert.Equal("1 a\n", await StreamClient.ExchangeAsync(_server.Port("counter"), "a\n" + new string('x', 100_000) + "\n"));
    }

    [Theory]
    [InlineData("counter-restart", "1 a\n2 b\n1 c\n2 d\n")]
    [InlineData("counter-resume", "1 a\n2 b\n4 c\n5 d\n")]
    [InlineData("counter-close", "1 a\n2 b\n")]
    [InlineData("counter", "1 a\n2 b\n")]
    public async Task Counter_crashes_as_its_policy_says(string server, string answers)
    {
        Assert.Equal(answers, await StreamClient.ExchangeAsync(_server.Port(server), "a\nb\ncrash\nc\nd\n"));
    }

    [Fact]
    public async Task Counter_closes_when_its_budget_is_used_up()
    {
        Assert.Equal("1 a\n1 b\n1 c\n", await StreamClient.ExchangeAsync(_server.Port("counter-budget"), "a\ncrash\nb\ncrash\nc\ncrash\nd\n"));
    }

    [Fact]
    public async Task Counter_that_crashes_leaves_other_connections_alone()
    {
        using var other = await StreamClient.ConnectAsync(_server.Port("counter-close"));
        await other.SendAsync("a\n");
        Assert.Equal("1 a\n", await other.ReadTextAsync(4));
        Assert.Equal("", await StreamClient.ExchangeAsync(_server.Port("counter-close"), "crash\n"));
        await other.SendAsync("b\n");

        Assert.Equal("2 b\n", await other.ReadTextAsync(4));
    }

    [Fact]
    public async Task Counter_numbers_the_datagrams_of_each_peer_and_restarts()
    {
        using var one = new DatagramClient(_server.Port("counter", "udp"));
        using var other = new DatagramClient(_server.Port("counter", "udp"));

        Assert.Equal("1 a\n", await one.ExchangeAsync("a"));
        Assert.Equal("2 b\n", await one.ExchangeAsync("b\n"));
        Assert.Equal("1 x\n", await other.ExchangeAsync("x"));
        await one.SendAsync("crash");
        Assert.Equal("1 c\n", await one.ExchangeAsync("c"));
        Assert.Equal("2 y\n", await other.ExchangeAsync("y"));
    }
}
