namespace ActorSockets.Servers;

/// <summary>Sees whether handlers can be made at all. Where one after the other fails, nothing is served by accepting more.</summary>
internal sealed class ConstructionWatch
{
    /// <summary>So many failures without a success between them say that it is not the client.</summary>
    public const int Most = 10;

    private int _failures;

    /// <summary>The last one failed.</summary>
    public bool Fails => Volatile.Read(ref _failures) != 0;

    /// <summary>Told of the last failure when there were too many; on any thread.</summary>
    public Action<Exception>? TooMany { get; set; }

    /// <summary>Makes the user's handler.</summary>
    /// <exception cref="Exception">As the user's code.</exception>
    public HandlerInstance Make(Func<HandlerInstance> factory)
    {
        try
        {
            var made = factory();
            if (Fails)
            {
                Volatile.Write(ref _failures, 0);
            }

            return made;
        }
        catch (Exception exception)
        {
            if (Interlocked.Increment(ref _failures) >= Most)
            {
                TooMany?.Invoke(exception);
            }

            throw;
        }
    }
}
