namespace ActorSockets.Drivers.Native;

/// <summary>A channel of which something was received already, which comes first.</summary>
internal sealed class PrefixedChannel(ByteChannel channel, ReadOnlyMemory<byte> received) : ByteChannel
{
    public override ValueTask WaitToReceiveAsync() => received.IsEmpty ? channel.WaitToReceiveAsync() : ValueTask.CompletedTask;

    public override ValueTask<int> ReceiveAsync(Memory<byte> buffer)
    {
        if (received.IsEmpty)
        {
            return channel.ReceiveAsync(buffer);
        }

        var count = Math.Min(received.Length, buffer.Length);
        received[..count].CopyTo(buffer);
        received = received[count..];
        return ValueTask.FromResult(count);
    }

    public override ValueTask<int> SendAsync(ReadOnlyMemory<byte> bytes) => channel.SendAsync(bytes);

    public override ValueTask CompleteAsync(bool closes) => channel.CompleteAsync(closes);

    public override void Dispose() => channel.Dispose();
}
