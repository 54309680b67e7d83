using System.CommandLine;
using System.Globalization;
using Akka.Configuration;

namespace ActorSockets.Benchmarks.Subjects.DotNet;

/// <summary>
/// Runs one of the .NET subjects: <c>serve NAME ENDPOINT BEHAVIOUR CERTIFICATE KEY [OPTION=VALUE …]</c>. Says
/// <c>ready PORT</c>, or <c>unknown REASON</c> where this build does not have what it is asked for; then answers
/// <c>allocated</c> and <c>collect</c> on its standard input, until that ends.
/// </summary>
internal sealed class ServeCommand : Command
{
    public const string Word = "serve";

    private static readonly Dictionary<string, EchoServer> Servers = new(StringComparer.Ordinal)
    {
        ["actor-sockets"] = ActorSocketsEcho.StartAsync,
        ["akka-io"] = AkkaIoEcho.StartAsync,
        ["akka-streams"] = AkkaStreamsEcho.StartAsync,
        ["kestrel"] = KestrelEcho.StartAsync,
        ["socket"] = SocketEcho.StartAsync,
    };

    private readonly Argument<string> _name = new("name");
    private readonly Argument<string> _endpoint = new("endpoint");
    private readonly Argument<Behaviour> _behaviour = new("behaviour");
    private readonly Argument<string> _certificate = new("certificate");
    private readonly Argument<string> _key = new("key");
    private readonly Argument<string[]> _options = new("options") { Arity = ArgumentArity.ZeroOrMore };

    public ServeCommand()
        : base(Word, "Runs a .NET subject.")
    {
        Hidden = true;
        foreach (var argument in new Argument[] { _name, _endpoint, _behaviour, _certificate, _key, _options })
        {
            Arguments.Add(argument);
        }

        SetAction((arguments, _) => ServeAsync(arguments));
    }

    private async Task<int> ServeAsync(ParseResult parsed)
    {
        var options = parsed.GetValue(_options)!.Select(option => option.Split('=', 2)).ToDictionary(option => option[0], option => option[1]);
        var arguments = new ServeArguments(
            parsed.GetValue(_endpoint)!, parsed.GetValue(_behaviour), parsed.GetValue(_certificate)!, parsed.GetValue(_key)!, options);
        try
        {
            Say($"ready {await Servers[parsed.GetValue(_name)!](arguments)}");
        }
        catch (Exception exception) when (IsUnknown(exception))
        {
            Say($"unknown {exception.Message}");
            return 0;
        }

        // Not on a thread of the pool, which has only one at first where there is one core.
        await Task.Factory.StartNew(AnswerQuestions, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        return 0;
    }

    private static void AnswerQuestions()
    {
        while (Console.ReadLine() is { } word)
        {
            Say(word == "allocated" ? Allocated() : Collect());
        }
    }

    // A driver, an option or a kind of endpoint that this build of the library does not have yet.
    private static bool IsUnknown(Exception exception) => exception is ConfigurationException or FormatException
        && (exception.Message.Contains("unknown", StringComparison.Ordinal) || exception.Message.Contains("is not an endpoint", StringComparison.Ordinal));

    private static string Allocated() => GC.GetTotalAllocatedBytes(precise: true).ToString(CultureInfo.InvariantCulture);

    private static string Collect()
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        return "collected";
    }

    private static void Say(string line)
    {
        Console.Out.WriteLine(line);
        Console.Out.Flush();
    }
}
