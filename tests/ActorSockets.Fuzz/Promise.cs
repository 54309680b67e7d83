using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace ActorSockets.Fuzz;

/// <summary>Checks what was promised.</summary>
internal static class Promise
{
    /// <exception cref="BrokenPromiseException">It is not so.</exception>
    public static void Kept([DoesNotReturnIf(false)] bool isKept, string promise, [CallerArgumentExpression(nameof(isKept))] string? condition = null)
    {
        if (!isKept)
        {
            throw new BrokenPromiseException($"{promise}: not {condition}");
        }
    }

    /// <exception cref="BrokenPromiseException">It is something else.</exception>
    public static void Same<T>(T expected, T actual, string promise)
    {
        if (!EqualityComparer<T>.Default.Equals(expected, actual))
        {
            throw new BrokenPromiseException($"{promise}: expected {expected}, was {actual}");
        }
    }
}
