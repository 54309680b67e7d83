namespace ActorSockets.Conformance.Host.Protocol;

/// <summary>One line for each event of a life cycle.</summary>
internal static class Journal
{
    public static bool IsOn { get; set; } = true;

    public static void Write(string name, params ReadOnlySpan<(string Key, object? Value)> details)
    {
        if (IsOn)
        {
            Output.Say("event", name, details);
        }
    }
}
