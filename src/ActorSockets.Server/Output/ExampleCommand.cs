namespace ActorSockets.Server.Output;

/// <summary>A command that talks to an endpoint.</summary>
internal static class ExampleCommand
{
    public static string For(Endpoint endpoint)
    {
        var host = endpoint.Host switch
        {
            "0.0.0.0" => "127.0.0.1",
            "::" => "::1",
            var other => other,
        };

        return endpoint switch
        {
            { Scheme: "tls" } => $"openssl s_client -quiet -connect {(host.Contains(':', StringComparison.Ordinal) ? $"[{host}]" : host)}:{endpoint.Port}",
            { Scheme: "udp" } => $"nc -u {host} {endpoint.Port}",
            { Scheme: "unix" } when endpoint.Path[0] == '@' => $"socat - ABSTRACT-CONNECT:{endpoint.Path[1..]}",
            { Scheme: "unix" } => $"nc -U {endpoint.Path}",
            { Scheme: "unixgram" } => $"nc -uU {endpoint.Path}",
            _ => $"nc {host} {endpoint.Port}",
        };
    }
}
