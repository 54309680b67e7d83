using System.Diagnostics;
using System.Net.Sockets;
using System.Text.Json;
using ActorSockets.Server.Tests.Faults;
using ActorSockets.Server.Tests.Support;

namespace ActorSockets.Server.Tests.Network;

/// <summary>A bad line between two network namespaces of its own (<c>link.py</c>): the program is at one end, clients are at the other.</summary>
internal sealed class Link : IAsyncDisposable
{
    /// <summary>The server's end.</summary>
    public const string ServerAddress = "10.77.0.1";

    private const string Rights = "ACTORSOCKETS_PRIVILEGED";

    private readonly string _id = Guid.NewGuid().ToString("N")[..8];
    private readonly TempDirectory _directory = new();
    private readonly Process _line;
    private JsonElement? _counters;

    private Link()
    {
        SetRules(new { });
        _line = Run("python3", [Script("link.py"), ServerSide, ClientSide, RulesFile]);
    }

    private string ServerSide => $"srv{_id}";

    private string ClientSide => $"cli{_id}";

    private string RulesFile => _directory.PathTo("rules.json");

    // A path is the same in all network namespaces.
    private string BooksSocket => _directory.PathTo("books.sock");

    /// <summary>Where the kernel's own counters of the server's end are.</summary>
    public async Task<string> ReadProcAsync(string file)
    {
        using var process = Run("ip", ["netns", "exec", ServerSide, "cat", $"/proc/net/{file}"]);
        var text = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return text;
    }

    /// <summary>Skips the test where it may not make one.</summary>
    public static async Task<Link> OpenAsync()
    {
        Skip.If(
            Environment.GetEnvironmentVariable(Rights) is null,
            "makes network namespaces and TUN devices, for which it takes root: dotnet cake --target=Faults");
        ExternalProgram.Require("ip");
        ExternalProgram.Require("python3");
        var link = new Link();
        var said = await link._line.StandardOutput.ReadLineAsync().WaitAsync(Deadline.Long);
        Assert.True(said == "ready", said is null ? await link._line.StandardError.ReadToEndAsync() : said);
        return link;
    }

    /// <summary>What happens to packets from now on.</summary>
    public void SetRules(object rules) => File.WriteAllText(RulesFile, JsonSerializer.Serialize(rules));

    /// <summary>Starts the program at its end.</summary>
    /// <param name="servers">What stands in <c>actor-sockets.servers</c>.</param>
    public Task<ServerProcess> StartServerAsync(string servers)
    {
        var directory = new TempDirectory();
        var config = directory.Write("test.conf", $"actor-sockets {{\n{Books.Plugin}\nservers {{\n{servers}\n{Books.ServerOn($"unix:{BooksSocket}")}\n}}\n}}\n");
        return ServerProcess.StartAsync(directory, directory.Path, ["netns", "exec", ServerSide, "dotnet", Build.ServerAssembly, "--config", config], "ip");
    }

    /// <summary>The books of the program that was started.</summary>
    public Task<Books> OpenBooksAsync() => Books.OpenAsync(new UnixDomainSocketEndPoint(BooksSocket));

    /// <summary>Starts a client at the other end; one of the scripts beside this file.</summary>
    public Process StartClient(string script, params object[] arguments) =>
        Run("ip", ["netns", "exec", ClientSide, "python3", Script(script), .. arguments.Select(argument => $"{argument}")]);

    /// <summary>What has happened to the packets; the line is gone then.</summary>
    public async Task<int> CountAsync(string what)
    {
        _counters ??= JsonDocument.Parse(await EndAsync()).RootElement;
        return _counters.Value.TryGetProperty(what, out var count) ? count.GetInt32() : 0;
    }

    public async ValueTask DisposeAsync()
    {
        if (_counters is null)
        {
            await EndAsync();
        }

        _line.Dispose();
        _directory.Dispose();
    }

    private static string Script(string name) => Path.Combine(Build.RepositoryRoot, "tests", "ActorSockets.Server.Tests", "Network", name);

    private static Process Run(string program, IEnumerable<string> arguments) => Process.Start(new ProcessStartInfo(program, arguments)
    {
        RedirectStandardInput = true,
        RedirectStandardOutput = true,
        RedirectStandardError = true,
    })!;

    private async Task<string> EndAsync()
    {
        using var kill = Process.Start("kill", $"-TERM {_line.Id}");
        var counters = await _line.StandardOutput.ReadToEndAsync().WaitAsync(Deadline.Long);
        await _line.WaitForExitAsync().WaitAsync(Deadline.Long);
        return counters;
    }
}
