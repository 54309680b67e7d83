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

        return endpoint.Path.Length > 0 ? $"nc -U {endpoint.Path}" : endpoint.IsDatagram ? $"nc -u {host} {endpoint.Port}" : $"nc {host} {endpoint.Port}";
    }
}
