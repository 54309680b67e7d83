using System.Text;
using System.Text.RegularExpressions;
using ActorSockets.Server.Tests.Support;

namespace ActorSockets.Server.Tests;

/// <summary>The three programs of the articles, byte by byte.</summary>
public class ArticleProgramTests(BuiltInServers servers) : IClassFixture<BuiltInServers>
{
    private const int ManyClients = 200;

    private readonly ServerProcess _server = servers.Process;

    [Fact]
    public async Task Hello_greets_without_waiting_for_the_client_and_closes()
    {
        using var client = await StreamClient.ConnectAsync(_server.Port("hello"));

        Assert.Equal("hello world\n", await client.ReadTextToEndAsync());
    }

    [Fact]
    public async Task Hello_greets_a_client_that_talks_first()
    {
        Assert.Equal("hello world\n", await StreamClient.ExchangeAsync(_server.Port("hello"), new string('x', 5000)));
    }

    [Fact]
    public async Task Hello_greets_200_clients_at_once()
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, ManyClients).Select(_ => StreamClient.ExchangeAsync(_server.Port("hello"), "")));

        Assert.All(answers, answer => Assert.Equal("hello world\n", answer));
    }

    [Fact]
    public async Task Hello_goes_on_after_a_client_has_reset()
    {
        using (var client = await StreamClient.ConnectAsync(_server.Port("hello")))
        {
            client.Reset();
        }

        Assert.Equal("hello world\n", await StreamClient.ExchangeAsync(_server.Port("hello"), ""));
    }

    [Fact]
    public async Task Named_echo_answers_with_a_name_and_keeps_the_line_end()
    {
        Assert.Matches(@"\Anamed-echo-\d+: a\n\n\z", await StreamClient.ExchangeAsync(_server.Port("named-echo"), "a\n"));
    }

    [Fact]
    public async Task Named_echo_answers_before_the_client_has_finished_sending()
    {
        using var client = await StreamClient.ConnectAsync(_server.Port("named-echo"));
        await client.SendAsync("Hello World 1");

        Assert.Matches(@"\Anamed-echo-\d+: Hello World 1\n\z", await client.ReadTextToEndAsync());
    }

    [Fact]
    public async Task Named_echo_names_200_clients_differently()
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, ManyClients)
            .Select(number => StreamClient.ExchangeAsync(_server.Port("named-echo"), $"Hello World {number}")));

        for (var number = 0; number < ManyClients; number++)
        {
            Assert.Matches($@"\Anamed-echo-\d+: Hello World {number}\n\z", answers[number]);
        }

        Assert.Equal(ManyClients, answers.Select(answer => Regex.Match(answer, "^[^:]+").Value).Distinct().Count());
    }

    [Fact]
    public async Task Named_echo_uses_1024_bytes_at_most()
    {
        var answer = await StreamClient.ExchangeAsync(_server.Port("named-echo"), new string('x', 3000));

        Assert.Matches(@"\Anamed-echo-\d+: x{1024}\n\z", answer);
    }

    [Fact]
    public async Task Named_echo_answers_nothing_to_what_is_not_ASCII()
    {
        Assert.Equal("", await StreamClient.ExchangeAsync(_server.Port("named-echo"), "é"));
    }

    [Fact]
    public async Task Named_echo_answers_a_client_that_sends_nothing()
    {
        Assert.Matches(@"\Anamed-echo-\d+: \n\z", await StreamClient.ExchangeAsync(_server.Port("named-echo"), ""));
    }

    [Fact]
    public async Task Named_echo_is_not_held_up_by_silent_clients()
    {
        using var first = await StreamClient.ConnectAsync(_server.Port("named-echo"));
        using var second = await StreamClient.ConnectAsync(_server.Port("named-echo"));

        Assert.EndsWith(": third\n", await StreamClient.ExchangeAsync(_server.Port("named-echo"), "third"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Echo_sends_everything_back_until_the_client_has_finished()
    {
        using var client = await StreamClient.ConnectAsync(_server.Port("echo"));
        await client.SendAsync("one");
        Assert.Equal("one", await client.ReadTextAsync(3));
        await client.SendAsync("two");
        Assert.Equal("two", await client.ReadTextAsync(3));
        client.FinishSending();

        Assert.Empty(await client.ReadToEndAsync());
    }

    [Fact]
    public async Task Echo_answers_nothing_with_nothing()
    {
        Assert.Equal("", await StreamClient.ExchangeAsync(_server.Port("echo"), ""));
    }

    [Fact]
    public async Task Echo_sends_700000_bytes_back()
    {
        var data = new byte[700_000];
        Random.Shared.NextBytes(data);

        Assert.Equal(data, await StreamClient.ExchangeAsync(_server.Port("echo"), data));
    }

    [Fact]
    public async Task Echo_serves_200_clients_at_once()
    {
        var texts = Enumerable.Range(0, ManyClients).Select(number => $"Hello World! {number} {new string('x', number * 100)}").ToArray();

        Assert.Equal(texts, await Task.WhenAll(texts.Select(text => StreamClient.ExchangeAsync(_server.Port("echo"), text))));
    }

    [Fact]
    public async Task Echo_keeps_bytes_that_are_no_text()
    {
        byte[] data = [0xff, 0x00, 0xc3, .. Encoding.UTF8.GetBytes("é"), 0x80];

        Assert.Equal(data, await StreamClient.ExchangeAsync(_server.Port("echo"), data));
    }
}
