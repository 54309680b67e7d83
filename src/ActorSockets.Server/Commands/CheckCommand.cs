using System.CommandLine;
using ActorSockets.Hosting;
using ActorSockets.Server.Configuration;
using ActorSockets.Server.Output;
using ActorSockets.Server.Running;

namespace ActorSockets.Server.Commands;

/// <summary>Says whether a configuration could be run, and binds nothing.</summary>
internal sealed class CheckCommand : Command
{
    private readonly ConfigOption _config = new();
    private readonly EventLoopOption _eventLoop = new();

    public CheckCommand()
        : base("check", "Checks a configuration and prints its servers; binds nothing.")
    {
        Options.Add(_config);
        Options.Add(_eventLoop);
        SetAction(CheckAsync);
    }

    private async Task<int> CheckAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        _eventLoop.Apply(arguments);
        var plan = ServerPlan.Read(arguments.GetValue(_config));
        using (var host = ServerHost.CreateBuilder(plan, new LogThreshold(plan.LogLevel)).Build())
        {
            var system = host.CreateSystem();
            system.CheckHostedSocketServers();
            await system.Terminate();
        }

        ServerTable.PrintPlanned(plan.Servers);
        return ExitCode.Success;
    }
}
