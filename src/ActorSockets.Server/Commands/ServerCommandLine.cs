using System.CommandLine;
using System.CommandLine.Parsing;
using ActorSockets.Server.Output;
using Akka.Configuration;

namespace ActorSockets.Server.Commands;

/// <summary>The command line: <c>run</c>, which is also what happens without a command, <c>check</c>, <c>explain</c> and <c>handlers</c>.</summary>
internal static class ServerCommandLine
{
    public static async Task<int> InvokeAsync(string[] args)
    {
        var run = new RunCommand();
        var root = new RootCommand("Socket servers on Akka.NET, from one configuration file.")
        {
            run,
            new CheckCommand(),
            new ExplainCommand(),
            new HandlersCommand(),
        };
        run.BecomeDefaultOf(root);

        var result = root.Parse(args);
        if (result.CommandResult.Command != root && result.RootCommandResult.Children.OfType<OptionResult>().FirstOrDefault(option => !option.Implicit && option.Parent == result.RootCommandResult) is { } misplaced)
        {
            var command = result.CommandResult.Command;
            ErrorLine.Write(command.Options.Any(option => option.Name == misplaced.Option.Name)
                ? $"{misplaced.Option.Name} must stand behind {command.Name}."
                : $"{command.Name} has no option {misplaced.Option.Name}.");
            return ExitCode.BadConfiguration;
        }

        if (result.Errors.Count > 0)
        {
            ErrorLine.Write($"{string.Join(" ", result.Errors.Select(error => error.Message))} Try --help.");
            return ExitCode.BadConfiguration;
        }

        try
        {
            // Signals are the business of the run, which drains on them.
            return await result.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null, EnableDefaultExceptionHandler = false });
        }
        catch (ConfigurationException exception)
        {
            ErrorLine.Write(exception.Message);
            return ExitCode.BadConfiguration;
        }
        catch (Exception exception)
        {
            // Nobody can do more about it than read it.
            ErrorLine.Write($"unexpected {exception.GetType().Name}: {exception.Message}");
            return ExitCode.Failure;
        }
    }
}
