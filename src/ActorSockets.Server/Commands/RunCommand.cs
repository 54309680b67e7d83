using System.CommandLine;
using ActorSockets.Server.Configuration;
using ActorSockets.Server.Running;

namespace ActorSockets.Server.Commands;

/// <summary>Starts the servers and runs them until a signal or a failure ends them.</summary>
internal sealed class RunCommand : Command
{
    private static readonly string[] LogLevels = ["debug", "info", "warning", "error"];

    private readonly ConfigOption _config = new();
    private readonly EventLoopOption _eventLoop = new();
    private readonly Option<string?> _readyFile = new("--ready-file")
    {
        Description = "Written, whole, when everything is bound: process id and endpoints as JSON; removed at the end.",
        HelpName = "FILE",
    };

    private readonly Option<string?> _logLevel = new("--log-level")
    {
        Description = "What is logged: debug, info, warning or error; default info.",
        HelpName = "LEVEL",
    };

    public RunCommand()
        : base("run", "Runs the servers until SIGTERM, SIGINT or SIGQUIT; a second signal does not wait for clients. SIGHUP reads the configuration file again. This is the default.")
    {
        _logLevel.Validators.Add(result =>
        {
            if (!LogLevels.Contains(result.GetValueOrDefault<string>(), StringComparer.OrdinalIgnoreCase))
            {
                result.AddError($"--log-level is one of {string.Join(", ", LogLevels)}.");
            }
        });
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
        command.Options.Add(_eventLoop);
    }

    private Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        _eventLoop.Apply(arguments);
        return new ServerRunner(() => ServerPlan.Read(arguments.GetValue(_config)).WithLogLevel(arguments.GetValue(_logLevel)), arguments.GetValue(_readyFile)).RunAsync();
    }
}
