using System.Buffers;
using System.Net.Sockets;

namespace ActorSockets.Tests;

/// <summary><c>verify_request</c>, for all styles of handlers.</summary>
public sealed class VerifyTests : ServerTest
{
    public static TheoryData<string, bool> StylesAndPace => LineEcho.StylesAndPace;

    [Theory]
    [MemberData(nameof(StylesAndPace))]
    public async Task A_connection_that_is_turned_down_is_closed_politely_and_counted(string style, bool takesItsTime)
    {
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Verify(_ => AnswerAsync(false, takesItsTime)).HandleLines(style, TestActor));
        using var client = await ConnectAsync(server);
        await SendAsync(client, "hello\n");

        Assert.Equal("", await ReadToEndAsync(client));

        client.Close();
        await ClosedAsync(server, CloseReason.Rejected);
        if (style == "connection actor")
        {
            await ExpectMsgAsync("closed Rejected", Deadline);
        }

        await ExpectNoMsgAsync(TimeSpan.Zero);
        Assert.Equal(0, server.Statistics.HandlerFailures);
        await AssertBalancedAsync(server);
    }

    [Theory]
    [MemberData(nameof(StylesAndPace))]
    public async Task A_verification_that_throws_closes_its_own_connection_politely_and_nothing_else(string style, bool takesItsTime)
    {
        var verified = 0;
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").OnFailure(RestartPolicy.Restart()).HandleLines(style).Verify(async _ =>
        {
            if (takesItsTime)
            {
                await Task.Yield();
            }

            return Interlocked.Increment(ref verified) == 1 ? throw new InvalidOperationException("asked to") : true;
        }));
        using var first = await ConnectAsync(server);
        Assert.Equal("", await ReadToEndAsync(first));
        first.Close();
        await ClosedAsync(server, CloseReason.Rejected);
        Assert.Equal((1, 0), (server.Statistics.HandlerFailures, server.Statistics.Restarts));

        using var second = await ConnectAsync(server);
        await SendAsync(second, "a\n");
        await ExpectAsync(second, "a\n");
    }

    [Theory]
    [MemberData(nameof(StylesAndPace))]
    public async Task A_connection_that_passes_is_served_and_not_asked_again_after_a_restart(string style, bool takesItsTime)
    {
        var verified = 0;
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").OnFailure(RestartPolicy.Restart()).HandleLines(style)
            .Verify(_ => AnswerAsync(Interlocked.Increment(ref verified) == 1, takesItsTime)));
        using var client = await ConnectAsync(server);

        await SendAsync(client, "a\ncrash\nb\n");

        await ExpectAsync(client, "a\nb\n");
        Assert.Equal(1, verified);
    }

    [Fact]
    public async Task Of_several_verifications_all_must_agree_and_the_first_that_does_not_is_the_last_to_be_asked()
    {
        var asked = "";
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle(_ => Task.CompletedTask)
            .Verify(_ => Ask("a", true)).Verify(_ => Ask("b", false)).Verify(_ => Ask("c", true)));
        using var client = await ConnectAsync(server);

        Assert.Equal("", await ReadToEndAsync(client));

        Assert.Equal("ab", asked);

        ValueTask<bool> Ask(string name, bool answer)
        {
            asked += name;
            return ValueTask.FromResult(answer);
        }
    }

    [Theory]
    [InlineData("delegate")]
    [InlineData("request handler")]
    [InlineData("datagram actor")]
    public async Task A_datagram_that_is_turned_down_or_fails_to_verify_is_dropped_and_counted(string style)
    {
        var server = await StartAsync(s =>
        {
            s.Listen("udp://127.0.0.1:0").VerifyDatagram(async datagram =>
            {
                await Task.Yield();
                return datagram.Data.Span.SequenceEqual("crash"u8) ? throw new InvalidOperationException("asked to") : !datagram.Data.Span.SequenceEqual("no"u8);
            });
            _ = style switch
            {
                "delegate" => s.HandleDatagram(datagram => Task.FromResult(datagram.Reply(datagram.Data))),
                "request handler" => s.Handle<ChoosyDatagramHandler>(),
                _ => s.Handle<EchoPeer>(),
            };
        });
        using var client = OpenUdp(server);

        foreach (var text in new[] { "no", "crash", "no" })
        {
            await client.SendAsync(System.Text.Encoding.UTF8.GetBytes(text));
        }

        Assert.Equal("yes", await ExchangeAsync(client, "yes"));
        Assert.Equal(3, server.Statistics.DatagramsDropped[DropReason.Rejected]);
        await AssertBalancedAsync(server);
        if (style == "request handler")
        {
            await client.SendAsync("handler says no"u8.ToArray());
            Assert.Equal("yes", await ExchangeAsync(client, "yes"));
            Assert.Equal(4, server.Statistics.DatagramsDropped[DropReason.Rejected]);
        }
    }

    [Fact]
    public async Task Serving_one_that_is_turned_down_is_a_rejection()
    {
        var server = Sys.SocketServers().Create("test", s => s.Listen("tcp://127.0.0.1:0").Handle(_ => Task.CompletedTask).Verify(_ => ValueTask.FromResult(false)));
        await server.BindAsync();
        using var client = await ConnectAsync(server);
        client.Client.Shutdown(SocketShutdown.Send);

        Assert.Equal(ServeOutcome.Rejected, await server.ServeOneAsync(Deadline).WaitAsync(Deadline));
    }

    private static async ValueTask<bool> AnswerAsync(bool answer, bool takesItsTime)
    {
        if (takesItsTime)
        {
            await Task.Yield();
        }

        return answer;
    }

    private sealed class ChoosyDatagramHandler : DatagramRequestHandler
    {
        protected internal override ValueTask<bool> VerifyAsync() => ValueTask.FromResult(!Datagram.Data.Span.SequenceEqual("handler says no"u8));

        protected internal override Task HandleAsync()
        {
            Output.Write(Datagram.Data.Span);
            return Task.CompletedTask;
        }
    }

    private sealed class EchoPeer : DatagramActor
    {
        protected override void OnReceived(Datagram datagram) => datagram.Reply(datagram.Data);
    }
}
