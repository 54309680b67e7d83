using Akka.Event;

namespace ActorSockets.Diagnostics;

/// <summary>Cancels without running user callbacks on the caller's thread, and logs what they throw.</summary>
internal static class BackgroundCancellation
{
    public static async void CancelInBackground(this CancellationTokenSource source, ILoggingAdapter log, string owner)
    {
        try
        {
            await source.CancelAsync().ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            log.Error(exception, "[{0}] a callback on a cancellation token failed", owner);
        }
    }
}
