using ActorSockets.Drivers.AkkaIo;

namespace ActorSockets.Drivers;

/// <summary>The drivers that there are, by name.</summary>
internal static class DriverCatalog
{
    private static readonly Driver[] All = [new AkkaIoDriver()];

    public static string Names => string.Join(", ", All.Select(driver => driver.Name));

    public static Driver? Find(string name) => Array.Find(All, driver => driver.Name == name);
}
