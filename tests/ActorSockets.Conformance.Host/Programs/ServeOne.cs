using System.Globalization;
using ActorSockets.Conformance.Host.Handlers;
using ActorSockets.Conformance.Host.Protocol;
using Akka.Actor;

namespace ActorSockets.Conformance.Host.Programs;

/// <summary>Serves one client each time a word asks for it.</summary>
internal static class ServeOne
{
    public static async Task RunAsync(ActorSystem system, HostArguments arguments)
    {
        using var words = new Words();
        var verification = arguments.Option("verify");
        await using var server = system.SocketServers().Create("conf", s => s.Listen(arguments.Listen).Handle(() => new LineEcho(verification)));
        await server.BindAsync();
        Output.Say("ready", server.Endpoints[0].ToString());
        while (await words.NextAsync() is var word && word != Words.Stop)
        {
            var seconds = double.Parse(word.Split(' ')[1], CultureInfo.InvariantCulture);
            Output.Say("answer", (await server.ServeOneAsync(TimeSpan.FromSeconds(seconds))).ToString());
        }
    }
}
