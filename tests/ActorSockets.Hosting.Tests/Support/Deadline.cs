namespace ActorSockets.Hosting.Tests.Support;

/// <summary>How long a test waits for what must happen; only a failure takes that long.</summary>
internal static class Deadline
{
    public static readonly TimeSpan Length = TimeSpan.FromSeconds(20);

    public static async Task UntilAsync(Func<bool> condition, string what, Func<string>? instead = null)
    {
        var end = DateTime.UtcNow + Length;
        while (!condition())
        {
            Assert.True(DateTime.UtcNow < end, $"not reached in time: {what}; {instead?.Invoke()}");
            await Task.Delay(10);
        }
    }
}
