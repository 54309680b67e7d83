using ActorSockets.Drivers.AkkaIo;
using ActorSockets.Drivers.Native;
using Akka.Configuration;

namespace ActorSockets.Drivers;

/// <summary>The drivers that there are.</summary>
internal static class DriverCatalog
{
    /// <summary>Each endpoint by the first driver that serves it.</summary>
    public const string Default = "default";

    private static readonly Driver[] All = [new AkkaIoDriver(), new NativeDriver()];

    /// <summary>What may stand in the configuration.</summary>
    public static IEnumerable<string> Names => All.Select(driver => driver.Name).Prepend(Default);

    /// <summary>The driver of an endpoint.</summary>
    /// <param name="name">The name in the configuration, which is one of <see cref="Names"/>.</param>
    /// <param name="endpoint">Where to listen.</param>
    /// <exception cref="ConfigurationException">That driver cannot listen there.</exception>
    public static Driver Find(string name, Endpoint endpoint)
    {
        var able = All.Where(driver => driver.Serves(endpoint)).ToList();
        return name == Default ? able[0] : able.Find(driver => driver.Name == name) ?? throw new ConfigurationException(
            $"driver = {name} cannot listen on {endpoint}; {string.Join(" and ", able.Select(driver => driver.Name))} can");
    }
}
