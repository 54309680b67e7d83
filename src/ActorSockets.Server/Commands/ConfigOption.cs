using System.CommandLine;

namespace ActorSockets.Server.Commands;

/// <summary><c>--config FILE</c>.</summary>
internal sealed class ConfigOption : Option<string?>
{
    public ConfigOption()
        : base("--config", "-c")
    {
        Description = "The configuration, a HOCON file; without it the built-in one.";
        HelpName = "FILE";
    }
}
