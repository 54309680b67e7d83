using System.Buffers;
using System.Collections.Concurrent;
using System.Text;

namespace ActorSockets.Tests;

/// <summary>A little of SMTP, in every style of handlers: greets, and answers EHLO, STARTTLS, NOOP and QUIT. NOOP shows by what its command came.</summary>
internal sealed class SmtpSample
{
    public const string Greeting = "220 ready\r\n";
    public const string Hello = "250-hello\r\n250 STARTTLS\r\n";
    public const string GoAhead = "220 go ahead\r\n";

    private const string Bye = "221 bye\r\n";

    public static string[] Styles { get; } = ["delegate", "request handler", "actor with frames", "actor with bytes", "actor that awaits"];

    /// <summary>Every command that a handler has seen, and by what it came.</summary>
    public ConcurrentQueue<string> Seen { get; } = new();

    /// <summary>What the upgrade has thrown at the handler.</summary>
    public TaskCompletionSource<Exception> Thrown { get; } = new();

    public SocketServerBuilder Handle(SocketServerBuilder server, string style) => style switch
    {
        "delegate" => server.Handle(ServeAsync),
        "request handler" => server.Handle(() => new Handler(this)),
        "actor with frames" => server.Handle(() => new FrameActor(this)),
        "actor with bytes" => server.Handle(() => new ByteActor(this)),
        _ => server.Handle(() => new AwaitingActor(this)),
    };

    /// <returns>Null where the connection shall go on by TLS.</returns>
    private string? Answer(Connection connection, string command)
    {
        var how = connection.Tls is null ? "plain" : "secured";
        Seen.Enqueue($"{how} {command}");
        return command.Split(' ', 2) switch
        {
            ["EHLO", ..] => Hello,
            ["STARTTLS"] => null,
            ["NOOP", var text] => $"250 {text[..Math.Min(text.Length, 100)]} {how}\r\n",
            ["CRASH"] => throw new InvalidOperationException("asked to"),
            ["QUIT"] => Bye,
            _ => "500 what?\r\n",
        };
    }

    private async Task ServeAsync(Connection connection)
    {
        await connection.SendAsync(Greeting);
        await foreach (var line in connection.ReadLinesAsync())
        {
            if (Answer(connection, line.ToString()) is not { } answer)
            {
                await StartTlsAsync(connection);
                continue;
            }

            await connection.SendAsync(answer);
            if (answer == Bye)
            {
                return;
            }
        }
    }

    private async Task StartTlsAsync(Connection connection)
    {
        try
        {
            await connection.StartTlsAsync(GoAhead);
        }
        catch (Exception exception)
        {
            Thrown.TrySetResult(exception);
            throw;
        }
    }

    private sealed class Handler(SmtpSample sample) : StreamRequestHandler
    {
        protected internal override Task HandleAsync() => sample.ServeAsync(Connection);
    }

    private abstract class Actor(SmtpSample sample, FrameReader? frames) : ConnectionActor(frames)
    {
        protected override void OnConnected() => Write(Greeting);

        protected override ValueTask<ErrorDirective> OnErrorAsync(ErrorContext context)
        {
            sample.Thrown.TrySetResult(context.Exception);
            return base.OnErrorAsync(context);
        }

        protected virtual void Secure() => StartTls(GoAhead);

        protected void Handle(in ReadOnlySequence<byte> command)
        {
            switch (sample.Answer(Connection, Encoding.UTF8.GetString(command)))
            {
                case null:
                    Secure();
                    break;
                case Bye:
                    Write(Bye);
                    Connection.Close();
                    break;
                case var answer:
                    Write(answer);
                    break;
            }
        }

        protected Task SecureAsync() => sample.StartTlsAsync(Connection);

        private void Write(string text) => Connection.Output.Write(Encoding.UTF8.GetBytes(text));
    }

    private sealed class FrameActor(SmtpSample sample) : Actor(sample, FrameReader.Lines())
    {
        protected override void OnFrame(in ReadOnlySequence<byte> frame) => Handle(frame);
    }

    private sealed class ByteActor(SmtpSample sample) : Actor(sample, null)
    {
        private bool _isSecuring;

        protected override void OnReceived(in ReadOnlySequence<byte> data)
        {
            var reader = new SequenceReader<byte>(data);
            Advance(data.Start);
            for (_isSecuring = false; !_isSecuring && reader.TryReadTo(out ReadOnlySequence<byte> command, "\r\n"u8);)
            {
                Advance(reader.Position);
                Handle(command);
            }
        }

        protected override void Secure()
        {
            _isSecuring = true;
            base.Secure();
        }
    }

    /// <summary>It is deaf while it awaits; what is delivered to it before it begins is answered in plain.</summary>
    private sealed class AwaitingActor : Actor
    {
        public AwaitingActor(SmtpSample sample)
            : base(sample, FrameReader.Lines()) => ReceiveAsync<Upgrade>(_ => SecureAsync());

        protected override void OnFrame(in ReadOnlySequence<byte> frame) => Handle(frame);

        protected override void Secure() => Self.Tell(Upgrade.Instance, Self);

        private sealed class Upgrade
        {
            public static readonly Upgrade Instance = new();
        }
    }
}
