namespace ActorSockets.Server.Tests.Support;

/// <summary>The time after which only a failure is left to wait for.</summary>
internal static class Deadline
{
    public static readonly TimeSpan Long = TimeSpan.FromSeconds(20);

    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(20);

    public static async Task UntilAsync(string what, Func<Task<bool>> condition)
    {
        var end = DateTime.UtcNow + Long;
        while (!await condition())
        {
            Assert.True(DateTime.UtcNow < end, $"not within {Long}: {what}");
            await Task.Delay(PollInterval);
        }
    }
}
