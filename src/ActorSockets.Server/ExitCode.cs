namespace ActorSockets.Server;

/// <summary>What the program tells whoever started it.</summary>
internal static class ExitCode
{
    public const int Success = 0;

    /// <summary>An endpoint could not be bound, or a server failed later.</summary>
    public const int Failure = 1;

    /// <summary>The command line or the configuration is wrong: starting again cannot help.</summary>
    public const int BadConfiguration = 2;
}
