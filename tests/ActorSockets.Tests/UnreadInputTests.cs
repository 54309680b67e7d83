namespace ActorSockets.Tests;

/// <summary>What happens to input that a handler had read and not consumed when it failed.</summary>
public sealed class UnreadInputTests : ServerTest
{
    public static TheoryData<bool, RestartPolicy> ReadersThatFail => new()
    {
        { false, RestartPolicy.Restart() },
        { true, RestartPolicy.Restart() },
        { false, RestartPolicy.Resume() },
        { true, RestartPolicy.Resume() },
    };

    [Theory]
    [MemberData(nameof(ReadersThatFail))]
    public async Task What_a_failed_handler_had_read_and_not_consumed_is_there_again(bool inTheMiddleOfARead, RestartPolicy policy)
    {
        var tries = 0;
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").OnFailure(policy).Handle(async connection =>
        {
            var first = Interlocked.Increment(ref tries) == 1;
            var reading = connection.Input.ReadAsync();
            if (first && inTheMiddleOfARead)
            {
                throw new InvalidOperationException("the read goes on");
            }

            await reading;
            if (first)
            {
                throw new InvalidOperationException("read, not consumed");
            }

            connection.Input.AdvanceTo((await reading).Buffer.Start);
            await connection.SendAsync($"{await connection.ReadLineAsync()} at try {tries}");
        }));
        using var client = await ConnectAsync(server);
        if (inTheMiddleOfARead)
        {
            await UntilAsync(() => server.Statistics.HandlerFailures == 1, "failed");
        }

        await SendAsync(client, "hello\n");

        Assert.Equal("hello at try 2", await ReadToEndAsync(client));
    }

    [Fact]
    public async Task Resume_keeps_a_reader_that_Setup_made()
    {
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle<TextReaderHandler>().OnFailure(RestartPolicy.Resume()));
        using var client = await ConnectAsync(server);

        foreach (var (line, answer) in new[] { ("a", "1 a\n"), ("crash", ""), ("b", "2 b\n") })
        {
            await SendAsync(client, line + "\n");
            await ExpectAsync(client, answer);
        }
    }

    [Fact]
    public async Task What_a_failed_handler_has_left_behind_does_not_read_from_the_next()
    {
        var tries = 0;
        var left = new TaskCompletionSource();
        var leftEnded = new TaskCompletionSource<Exception?>();
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").OnFailure(RestartPolicy.Restart()).Handle(async connection =>
        {
            if (Interlocked.Increment(ref tries) == 1)
            {
                _ = ReadLaterAsync(connection);
                throw new InvalidOperationException("asked to");
            }

            left.SetResult();
            await leftEnded.Task;
            await connection.SendAsync($"{await connection.ReadLineAsync()}");
        }));
        using var client = await ConnectAsync(server);

        await SendAsync(client, "hello\n");

        Assert.Equal("hello", await ReadToEndAsync(client));
        Assert.IsType<OperationCanceledException>(await leftEnded.Task);

        async Task ReadLaterAsync(Connection connection)
        {
            await left.Task;
            leftEnded.SetResult(await Record.ExceptionAsync(() => connection.ReadLineAsync().AsTask()));
        }
    }

    [Fact]
    public async Task Resume_of_a_Setup_that_failed_having_read_reads_the_same_again()
    {
        var made = 0;
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").OnFailure(RestartPolicy.Resume())
            .Handle(() => new SetupFailingHandler(fails: Interlocked.Increment(ref made) == 1)));
        using var client = await ConnectAsync(server);

        await SendAsync(client, "hello\n");

        Assert.Equal("hello", await ReadToEndAsync(client));
    }

    private sealed class TextReaderHandler : StreamRequestHandler
    {
        private StreamReader? _reader;
        private int _lines;

        protected internal override Task SetupAsync()
        {
            _reader = new StreamReader(Input.AsStream());
            return Task.CompletedTask;
        }

        protected internal override async Task HandleAsync()
        {
            while (await _reader!.ReadLineAsync() is { } line)
            {
                if (line == "crash")
                {
                    throw new InvalidOperationException("asked to");
                }

                _lines++;
                await Connection.SendAsync($"{_lines} {line}\n");
            }
        }
    }

    private sealed class SetupFailingHandler(bool fails) : StreamRequestHandler
    {
        private string _line = "";

        protected internal override async Task SetupAsync()
        {
            if (fails)
            {
                await Input.ReadAsync();
                throw new InvalidOperationException("asked to");
            }

            _line = $"{await Connection.ReadLineAsync()}";
        }

        protected internal override async Task HandleAsync() => await Connection.SendAsync(_line);
    }
}
