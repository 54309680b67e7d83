using System.CommandLine;
using ActorSockets.Server.Configuration;
using ActorSockets.Server.Output;
using Akka.Configuration;

namespace ActorSockets.Server.Commands;

/// <summary>Says whether a configuration could be run, and binds nothing.</summary>
internal sealed class CheckCommand : Command
{
    private readonly ConfigOption _config = new();

    public CheckCommand()
        : base("check", "Checks a configuration and prints its servers; binds nothing.")
    {
        Options.Add(_config);
        SetAction(Check);
    }

    private int Check(ParseResult arguments)
    {
        try
        {
            ServerTable.PrintPlanned(ServerPlan.Read(arguments.GetValue(_config)).Servers);
            return ExitCode.Success;
        }
        catch (ConfigurationException exception)
        {
            ErrorLine.Write(exception.Message);
            return ExitCode.BadConfiguration;
        }
    }
}
