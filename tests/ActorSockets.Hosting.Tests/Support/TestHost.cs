using Akka.Actor;
using Akka.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace ActorSockets.Hosting.Tests.Support;

/// <summary>A plain host with an actor system, quiet, that is stopped at the end.</summary>
internal sealed class TestHost : IAsyncDisposable
{
    private TestHost(IHost host) => Host = host;

    public IHost Host { get; }

    public IServiceProvider Services => Host.Services;

    public ActorSystem System => Services.GetRequiredService<ActorSystem>();

    public SocketServer Server => System.SocketServers().Running.Single();

    public static Task<TestHost> StartAsync(
        Action<AkkaConfigurationBuilder> configure, Action<HostApplicationBuilder>? configureHost = null) =>
        StartAsync(builder =>
        {
            configureHost?.Invoke(builder);
            builder.Services.AddAkka("test", akka => configure(akka.AddHocon("akka.stdout-loglevel = OFF, akka.loglevel = OFF", HoconAddMode.Append)));
        });

    public static async Task<TestHost> StartAsync(Action<HostApplicationBuilder> configure)
    {
        var builder = Microsoft.Extensions.Hosting.Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        configure(builder);
        var host = builder.Build();
        try
        {
            await host.StartAsync().WaitAsync(Deadline.Length);
        }
        catch
        {
            host.Dispose();
            throw;
        }

        return new TestHost(host);
    }

    public Task StopAsync() => Host.StopAsync().WaitAsync(Deadline.Length);

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        Host.Dispose();
    }
}

/// <summary>What stands in <c>appsettings.json</c>.</summary>
internal static class TestSettings
{
    public static void Add(this HostApplicationBuilder builder, string json) =>
        builder.Configuration.AddJsonStream(new MemoryStream(global::System.Text.Encoding.UTF8.GetBytes(json)));
}
