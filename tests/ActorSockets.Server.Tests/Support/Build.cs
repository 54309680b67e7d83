using System.Reflection;

namespace ActorSockets.Server.Tests.Support;

/// <summary>What the build says about itself.</summary>
internal static class Build
{
    public static string ServerAssembly { get; } = Read("ServerAssemblyPath");

    public static string RepositoryRoot { get; } = Read("RepositoryRoot");

    public static string Configuration { get; } = Read("Configuration");

    private static string Read(string key) => typeof(Build).Assembly
        .GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(attribute => attribute.Key == key).Value!;
}
