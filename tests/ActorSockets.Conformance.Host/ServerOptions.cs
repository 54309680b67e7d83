using System.Globalization;
using System.Text;
using ActorSockets.Conformance.Host.Protocol;

namespace ActorSockets.Conformance.Host;

/// <summary>The preset and the options of a case, in the library's words.</summary>
internal static class ServerOptions
{
    public static void Apply(HostArguments arguments, SocketServerBuilder server)
    {
        _ = arguments.Preset.Split(':') switch
        {
            ["sequential"] => server.Sequential(),
            ["concurrent"] => server.Concurrent(),
            ["concurrent", var max] => server.Concurrent(int.Parse(max, CultureInfo.InvariantCulture)),
            _ => throw new RefusalException($"our host has no preset '{arguments.Preset}'"),
        };
        server.Configure(options =>
        {
            options.TlsHandshakeTimeout = arguments.Seconds("handshake-timeout") ?? options.TlsHandshakeTimeout;
            options.MaxConnections = (int?)arguments.Number("max-connections") ?? options.MaxConnections;
            options.Overflow = arguments.Option("overflow") is { } overflow ? Enum.Parse<Overflow>(overflow, ignoreCase: true) : options.Overflow;
            options.DrainTimeout = arguments.Seconds("drain") ?? options.DrainTimeout;
            options.ReadTimeout = arguments.Seconds("read-timeout") ?? options.ReadTimeout;
            options.HalfOpenTimeout = arguments.Seconds("half-open-timeout") ?? options.HalfOpenTimeout;
            options.DatagramReply = arguments.Option("reply") is { } reply ? Enum.Parse<DatagramReply>(reply, ignoreCase: true) : options.DatagramReply;
        });
        if (arguments.Number("restart") is { } restarts)
        {
            server.OnFailure(RestartPolicy.Restart((int)restarts, TimeSpan.FromHours(1)));
        }

        if (arguments.Seconds("tick") is { } interval)
        {
            server.OnTick(interval, _ =>
            {
                Journal.Write("tick");
                return Task.CompletedTask;
            });
        }

        if (arguments.Option("reject-with") is { } farewell)
        {
            server.RejectWith(Encoding.UTF8.GetBytes(farewell));
        }
    }
}
