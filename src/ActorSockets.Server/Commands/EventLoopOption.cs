using System.CommandLine;

namespace ActorSockets.Server.Commands;

/// <summary><c>--event-loop on|off</c>.</summary>
internal sealed class EventLoopOption : Option<string>
{
    private const string On = "on";
    private const string Off = "off";

    public EventLoopOption()
        : base("--event-loop")
    {
        Description = "Whether servers without a dispatcher of their own run on the event loop (Linux): on or off; default on.";
        HelpName = "on|off";
        Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string>() is not (On or Off))
            {
                result.AddError($"--event-loop is {On} or {Off}.");
            }
        });
    }

    /// <summary>Called before anything makes a socket.</summary>
    public void Apply(ParseResult arguments)
    {
        if (OperatingSystem.IsLinux() && arguments.GetValue(this) != Off)
        {
            EventLoop.Enable();
        }
    }
}
