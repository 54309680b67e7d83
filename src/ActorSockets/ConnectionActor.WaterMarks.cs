namespace ActorSockets;

/// <content>What the actor is told about the water marks of its output.</content>
public abstract partial class ConnectionActor
{
    private bool _writingPaused;

    private bool IsAboveHighWater => Connection.Unsent > Connection.Context.Options.OutputHighWater;

    /// <summary>True while the handler may be given input: it has not closed, nobody takes its place, no TLS is to be next, and what it wrote is on its way.</summary>
    private bool MayGoOn =>
        !Connection.CloseRequested && Connection.CloseReason is null && !Connection.IsSwitching && _securing is null && !_writingPaused && !IsAboveHighWater;

    /// <summary>
    /// More than <c>output.high-water</c> is unsent (<c>pause_writing</c>): no input is delivered, and who pushes should stop. Followed by
    /// <see cref="OnWritingResumed"/>, unless the connection ends before. Default: nothing.
    /// </summary>
    protected virtual void OnWritingPaused()
    {
    }

    /// <summary>No more than <c>output.low-water</c> is unsent (<c>resume_writing</c>). Default: nothing.</summary>
    protected virtual void OnWritingResumed()
    {
    }

    private void PauseWriting()
    {
        if (!_writingPaused)
        {
            _writingPaused = true;
            OnWritingPaused();
        }
    }

    private void ResumeWriting()
    {
        if (_writingPaused && Connection.Unsent <= Connection.Context.Options.OutputLowWater)
        {
            _writingPaused = false;
            OnWritingResumed();
        }
    }
}
