using System.Globalization;
using System.Net.Sockets;

namespace ActorSockets.Drivers.Native;

/// <summary>
/// The descriptors that whoever started this process has handed over, as <c>sd_listen_fds(3)</c> says: <c>LISTEN_PID</c> is the process
/// that they are for, <c>LISTEN_FDS</c> how many there are, from 3 on, and <c>LISTEN_FDNAMES</c> what they are called.
/// </summary>
internal sealed class InheritedDescriptors
{
    private const int First = 3;
    private const string Unnamed = "unknown";

    private static readonly Lazy<InheritedDescriptors> Lazy = new(() => new InheritedDescriptors(Environment.GetEnvironmentVariable, Environment.ProcessId));

    private readonly List<InheritedDescriptor> _all = [];
    private readonly string? _whyNone;

    /// <param name="variable">Looks an environment variable up.</param>
    /// <param name="process">This process.</param>
    internal InheritedDescriptors(Func<string, string?> variable, int process)
    {
        _whyNone = Read(variable, process, out var count, out var names);
        for (var i = 0; i < count; i++)
        {
            _all.Add(new InheritedDescriptor(names[i], names.Take(i + 1).Count(name => name == names[i]), First + i));
        }
    }

    /// <summary>Those of this process, found when they are first asked for.</summary>
    public static InheritedDescriptors OfProcess => Lazy.Value;

    /// <summary>One endpoint for each of several descriptors of one name; anything else stays what it is.</summary>
    public static IEnumerable<Endpoint> Expand(Endpoint endpoint) =>
        endpoint.IsInherited && OfProcess._all.FindAll(descriptor => descriptor.Name == endpoint.Name) is { Count: > 1 } several
            ? several.Select(descriptor => endpoint.Named(descriptor.FullName))
            : [endpoint];

    /// <summary>Null where there is no such descriptor, or it is no socket.</summary>
    public SocketType? TypeOf(Endpoint endpoint) => TryFind(endpoint)?.Type;

    /// <summary>The descriptor of an endpoint.</summary>
    /// <exception cref="IOException">It was not handed over; the message says why, or what was.</exception>
    public InheritedDescriptor Find(Endpoint endpoint) => TryFind(endpoint) ?? throw new IOException(
        _whyNone ?? $"no descriptor of this name was handed over; there is {string.Join(", ", _all.Select(NameOf).Distinct())}");

    private InheritedDescriptor? TryFind(Endpoint endpoint) =>
        _all.Find(descriptor => endpoint.Name == descriptor.FullName || endpoint.Name == NameOf(descriptor));

    // As it is called in an endpoint.
    private string NameOf(InheritedDescriptor descriptor) =>
        _all.Count(other => other.Name == descriptor.Name) > 1 ? descriptor.FullName : descriptor.Name;

    /// <returns>Null, or why there is none.</returns>
    private static string? Read(Func<string, string?> variable, int process, out int count, out string[] names)
    {
        (count, names) = (0, []);
        var (owner, amount) = (variable("LISTEN_PID"), variable("LISTEN_FDS"));
        if (string.IsNullOrEmpty(owner) || string.IsNullOrEmpty(amount))
        {
            return $"nothing was handed over to this process: {(string.IsNullOrEmpty(amount) ? "LISTEN_FDS" : "LISTEN_PID")} is not set, which systemd does for the service of a socket unit";
        }

        if (!OperatingSystem.IsLinux())
        {
            return "descriptors can be taken over on Linux only";
        }

        if (owner != process.ToString(CultureInfo.InvariantCulture))
        {
            return $"nothing was handed over to this process, {process}: LISTEN_PID = {owner} is another, such as a shell or 'dotnet run' which has started this one; start the program itself, or by exec";
        }

        if (!int.TryParse(amount, NumberStyles.None, CultureInfo.InvariantCulture, out var found) || found is 0 or > ushort.MaxValue)
        {
            return $"nothing was handed over to this process: LISTEN_FDS = {amount} is not a number of descriptors";
        }

        names = variable("LISTEN_FDNAMES") is { Length: > 0 } text ? text.Split(':') : [.. Enumerable.Repeat(Unnamed, found)];
        if (names.Length != found)
        {
            return $"nothing was taken over: LISTEN_FDS = {found}, but LISTEN_FDNAMES has {names.Length} names";
        }

        count = found;
        return null;
    }
}
