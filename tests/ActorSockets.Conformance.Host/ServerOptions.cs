using System.Globalization;
using ActorSockets.Conformance.Host.Protocol;

namespace ActorSockets.Conformance.Host;

/// <summary>The preset and the options of a case, in the library's words.</summary>
internal static class ServerOptions
{
    // Options of cases that wait for the library.
    private static readonly Dictionary<string, string> Missing = new(StringComparer.Ordinal)
    {
        ["half-open-timeout"] = "half-open timeout",
        ["handshake-timeout"] = "handshake timeout",
        ["read-timeout"] = "read timeout",
        ["reject-with"] = "answer to rejected connections",
        ["reply"] = "reply mode of datagrams",
        ["verify"] = "verify hook",
    };

    public static void Apply(HostArguments arguments, SocketServerBuilder server)
    {
        foreach (var (option, what) in Missing)
        {
            if (arguments.Option(option) is not null)
            {
                throw new RefusalException($"the library has no {what} yet");
            }
        }

        server.Configure(options =>
        {
            ApplyPreset(arguments.Preset, options);
            options.MaxConnections = (int?)arguments.Number("max-connections") ?? options.MaxConnections;
            options.Overflow = arguments.Option("overflow") is { } overflow ? Enum.Parse<Overflow>(overflow, ignoreCase: true) : options.Overflow;
            options.DrainTimeout = arguments.Seconds("drain") ?? options.DrainTimeout;
        });
        if (arguments.Option("raise") == "stop")
        {
            throw new RefusalException("the library has no directive to stop the server yet");
        }

        if (arguments.Number("restart") is { } restarts)
        {
            server.OnFailure(RestartPolicy.Restart((int)restarts, TimeSpan.FromHours(1)));
        }
    }

    private static void ApplyPreset(string preset, SocketServerOptions options)
    {
        switch (preset.Split(':'))
        {
            case ["sequential"]:
                (options.MaxConnections, options.Overflow) = (1, Overflow.Wait);
                break;
            case ["concurrent"]:
                break;
            case ["concurrent", var max]:
                (options.MaxConnections, options.Overflow) = (int.Parse(max, CultureInfo.InvariantCulture), Overflow.Wait);
                break;
            default:
                throw new RefusalException($"our host has no preset '{preset}'");
        }
    }
}
