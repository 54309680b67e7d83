using System.Buffers;
using System.Net.Sockets;
using ActorSockets.Drivers.Native;

namespace ActorSockets.Fuzz.Targets;

/// <summary>A header that arrives in pieces, as a connection's first bytes: it is told as it was parsed, and all that comes after it is the connection's.</summary>
internal static class ReceivedHeader
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    // Nobody is at its other end; it is only told to reset.
    private static readonly Socket Socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

    public static void Check(byte[] data, Parsed expected, Random random)
    {
        using var channel = new PiecesChannel(data, Cuts.Random(random, data.Length));
        using var reader = new ProxyHeaderReader(Patience);
        var (header, others, failure) = reader.ReadAsync(Socket, channel).GetAwaiter().GetResult();

        Promise.Same(expected.Status == OperationStatus.Done, failure is null, "it succeeds where there is a header");
        Promise.Same(failure is not null, channel.IsDisposed, "a connection without a header is closed, and no other");
        Promise.Same(expected.Header?.ToString() is null, header is null, "what is received is told");
        if (header is null)
        {
            return;
        }

        Promise.Same(expected.Text, (header with { UniqueId = default }).ToString(), "the header is the one that was parsed");
        Promise.Kept(ReadAll(others, random).AsSpan().SequenceEqual(data.AsSpan(expected.Length)), "what comes after it is the connection's");
    }

    private static byte[] ReadAll(ByteChannel channel, Random random)
    {
        using var all = new MemoryStream();
        var buffer = new byte[random.Next(1, 2000)];
        while (channel.ReceiveAsync(buffer).AsTask().GetAwaiter().GetResult() is > 0 and var count)
        {
            all.Write(buffer, 0, count);
        }

        return all.ToArray();
    }

    /// <summary>Bytes that come in pieces. What it is given to receive into it fills with what must not be looked at.</summary>
    private sealed class PiecesChannel(byte[] data, int[] ends) : ByteChannel
    {
        private int _position;

        public bool IsDisposed { get; private set; }

        public override ValueTask WaitToReceiveAsync() => ValueTask.CompletedTask;

        public override ValueTask<int> ReceiveAsync(Memory<byte> buffer)
        {
            Promise.Kept(buffer.Length > 0, "there is room to receive into");
            buffer.Span.Fill((byte)'P');
            var end = ends.Append(data.Length).FirstOrDefault(end => end > _position, _position);
            var piece = data.AsSpan(_position, Math.Min(buffer.Length, end - _position));
            piece.CopyTo(buffer.Span);
            _position += piece.Length;
            return ValueTask.FromResult(piece.Length);
        }

        public override ValueTask<int> SendAsync(ReadOnlyMemory<byte> bytes) => throw new BrokenPromiseException("to receive a header, nothing is sent");

        public override ValueTask CompleteAsync(bool closes) => throw new BrokenPromiseException("to receive a header, nothing is ended");

        public override void Dispose() => IsDisposed = true;
    }
}
