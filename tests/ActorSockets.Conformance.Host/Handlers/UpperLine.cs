using System.Buffers;

namespace ActorSockets.Conformance.Host.Handlers;

/// <summary>One line or its first 10,000 bytes, as <c>readline(10_000)</c> reads them, in upper case and without white space at its end.</summary>
internal sealed class UpperLine : JournaledHandler
{
    private const int Most = 10_000;

    protected override async Task ServeAsync()
    {
        while (true)
        {
            var result = await Input.ReadAsync();
            var buffer = result.Buffer;
            if (buffer.PositionOf((byte)'\n') is { } end)
            {
                buffer = buffer.Slice(0, buffer.GetPosition(1, end));
            }
            else if (buffer.Length < Most && !result.IsCompleted)
            {
                Input.AdvanceTo(buffer.Start, buffer.End);
                continue;
            }

            var line = buffer.Slice(0, Math.Min(buffer.Length, Most));
            var reply = Upper.Case(Upper.StripEnd(line.ToArray()));
            Input.AdvanceTo(line.End);
            await Connection.SendAsync(reply);
            return;
        }
    }
}
