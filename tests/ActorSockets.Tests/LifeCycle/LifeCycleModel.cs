namespace ActorSockets.Tests.LifeCycle;

/// <summary>The state machines of callbacks, as the documentation has them: which callback may follow which.</summary>
internal static class LifeCycleModel
{
    /// <summary>The end, which comes once and last.</summary>
    public const string Closed = "closed";

    private const string Start = "";

    // verify? → setup → handle → finish → closed; a failure is followed by finish (not in setup) and the error hook, which comes first
    // where the policy is to resume, and then by a fresh setup (restart), by handle again (resume), or by the end. A switch goes from finish to the next handler's setup.
    private static readonly Dictionary<string, string[]> RequestHandler = new()
    {
        [Start] = ["verify"],
        ["verify"] = ["setup", "rejected", "verify failed"],
        ["verify failed"] = ["error"],
        ["rejected"] = [Closed],
        ["setup"] = ["handle", "setup failed"],
        ["setup failed"] = ["error"],
        ["handle"] = ["handled", "handle failed"],
        ["handled"] = ["finish"],
        ["handle failed"] = ["finish", "error"],
        ["finish"] = ["finish failed", "error", "setup", "connected", Closed],
        ["finish failed"] = ["error"],
        ["error"] = ["setup", "handle", "finish", Closed],
    };

    // A delegate has neither setup nor finish, and is not told the end.
    private static readonly Dictionary<string, string[]> Delegate = new()
    {
        [Start] = ["verify"],
        ["verify"] = ["handle", "rejected", "verify failed"],
        ["verify failed"] = ["error"],
        ["rejected"] = [],
        ["handle"] = ["handled", "handle failed"],
        ["handled"] = ["setup", "connected", Closed],
        ["handle failed"] = ["error"],
        ["error"] = ["handle"],
    };

    // verify? → connected → received* told* → completed? → closed; a failure is followed by the error hook, and then by a
    // fresh instance that is connected (restart), by whatever is next (resume), or by the end.
    private static readonly Dictionary<string, string[]> ConnectionActor = new()
    {
        [Start] = ["verify"],
        ["verify"] = ["connected", "rejected", "verify failed", Closed],
        ["verify failed"] = ["error", Closed],
        ["rejected"] = [Closed],
        ["connected"] = ["connect failed", "received", "told", "completed", "setup", Closed],
        ["connect failed"] = ["error"],
        ["received"] = ["receive failed", "received", "told", "completed", "setup", Closed],
        ["receive failed"] = ["error"],
        ["told"] = ["tell failed", "received", "told", "completed", "setup", Closed],
        ["tell failed"] = ["error"],
        ["completed"] = ["told", Closed],
        ["error"] = ["connected", "received", "told", "completed", Closed],
    };

    /// <summary>What is wrong with these callbacks; null when nothing is.</summary>
    public static string? FindViolation(string style, IReadOnlyList<string> callbacks)
    {
        var transitions = style switch { "request handler" => RequestHandler, "delegate" => Delegate, _ => ConnectionActor };
        var state = Start;
        foreach (var callback in callbacks)
        {
            if (!transitions.TryGetValue(state, out var next) || !next.Contains(callback))
            {
                return $"'{callback}' after '{state}' in: {string.Join(", ", callbacks)}";
            }

            // After a switch the other kind of handler goes on.
            transitions = callback switch { "connected" => ConnectionActor, "setup" => RequestHandler, _ => transitions };
            state = callback;
        }

        return null;
    }
}
