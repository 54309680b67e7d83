using Akka.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace ActorSockets.Tests.Samples;

/// <summary>The README's server in a generic host.</summary>
internal static class GenericHostSample
{
    public static async Task RunAsync(string[] args, Action<IServiceCollection> addMore)
    {
        #region README
        var builder = Host.CreateApplicationBuilder(args);
        builder.Services.AddAkka("my-system", akka => akka
            .AddStartup(async (system, _) => await system.SocketServers().StartAsync("greeter", s => s
                .Listen("tcp://127.0.0.1:0")
                .Handle(connection => connection.SendAsync("hello world\n").AsTask()))));
        #endregion
        addMore(builder.Services);
        #region README
        await builder.Build().RunAsync();
        #endregion
    }
}
