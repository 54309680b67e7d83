using System.Buffers;
using System.Globalization;
using System.Text;

namespace ActorSockets.Tests;

/// <summary>Answers each line with its number; fails on the line "crash".</summary>
internal sealed class CounterActor : ConnectionActor
{
    private int _lines;

    protected override void OnReceived(in ReadOnlySequence<byte> data)
    {
        var reader = new SequenceReader<byte>(data);
        Advance(reader.Position);
        while (reader.TryReadTo(out ReadOnlySequence<byte> line, (byte)'\n'))
        {
            Advance(reader.Position);
            var text = Encoding.UTF8.GetString(line);
            if (text == "crash")
            {
                throw new InvalidOperationException("asked to");
            }

            _lines++;
            Connection.Output.Write(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{_lines} {text}\n")));
        }
    }
}

/// <summary>Answers each datagram with its number; fails on "crash".</summary>
internal sealed class CounterPeer : DatagramActor
{
    private int _datagrams;

    protected override void OnReceived(Datagram datagram)
    {
        var text = Encoding.UTF8.GetString(datagram.Data.Span);
        if (text == "crash")
        {
            throw new InvalidOperationException("asked to");
        }

        _datagrams++;
        datagram.Reply(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{_datagrams} {text}")));
    }
}

/// <summary>The same over a request handler.</summary>
internal sealed class CounterHandler : StreamRequestHandler
{
    private int _lines;

    protected internal override async Task HandleAsync()
    {
        await foreach (var line in Connection.ReadLinesAsync())
        {
            if (line.ToString() == "crash")
            {
                throw new InvalidOperationException("asked to");
            }

            _lines++;
            await Connection.SendAsync(string.Create(CultureInfo.InvariantCulture, $"{_lines} {line}\n"));
        }
    }
}
