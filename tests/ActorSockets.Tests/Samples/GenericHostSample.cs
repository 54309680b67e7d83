using ActorSockets.Hosting;
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
        builder.Services.AddSocketServer("greeter", s => s
            .Listen("tcp://127.0.0.1:0")
            .Handle(connection => connection.SendAsync("hello world\n").AsTask()))
            .WithHealthCheck();
        #endregion
        addMore(builder.Services);
        #region README
        await builder.Build().RunAsync();
        #endregion
    }
}
