using System.CommandLine;
using ActorSockets.Server.Configuration;
using ActorSockets.Server.Output;
using ActorSockets.Server.Running;
using Akka.Configuration;

namespace ActorSockets.Server.Commands;

/// <summary>Starts the servers and runs them until a signal or a failure ends them.</summary>
internal sealed class RunCommand : Command
{
    private readonly ConfigOption _config = new();
    private readonly Option<string?> _readyFile = new("--ready-file")
    {
        Description = "Written, whole, when everything is bound: process id and endpoints as JSON.",
        HelpName = "FILE",
    };

    private readonly Option<string?> _logLevel = new("--log-level")
    {
        Description = "What is logged; default info.",
    };

    public RunCommand()
        : base("run", "Runs the servers until SIGTERM or SIGINT; a second signal does not wait for clients. This is the default.")
    {
        _logLevel.AcceptOnlyFromAmong("debug", "info", "warning", "error");
        AddOptions(this);
        SetAction(RunAsync);
    }

    public void BecomeDefaultOf(Command root)
    {
        AddOptions(root);
        root.SetAction(RunAsync);
    }

    private void AddOptions(Command command)
    {
        command.Options.Add(_config);
        command.Options.Add(_readyFile);
        command.Options.Add(_logLevel);
    }

    private async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        try
        {
            var plan = ServerPlan.Read(arguments.GetValue(_config)).WithLogLevel(arguments.GetValue(_logLevel));
            return await new ServerRunner(plan, arguments.GetValue(_readyFile)).RunAsync();
        }
        catch (ConfigurationException exception)
        {
            ErrorLine.Write(exception.Message);
            return ExitCode.BadConfiguration;
        }
    }
}
