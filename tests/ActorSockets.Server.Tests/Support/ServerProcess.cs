using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace ActorSockets.Server.Tests.Support;

/// <summary>The program as a process.</summary>
public sealed class ServerProcess : IAsyncDisposable
{
    public const int SigInt = 2;
    public const int SigTerm = 15;
    public const int SigKill = 9;
    public const int SigCont = 18;
    public const int SigStop = 19;

    private readonly Process _process;
    private readonly Task<string> _output;
    private readonly Task<string> _error;
    private readonly TempDirectory _directory;
    private readonly StringBuilder _said = new();

    private ServerProcess(TempDirectory directory, IEnumerable<string> command, string? workingDirectory = null, string program = "dotnet")
    {
        _directory = directory;
        _process = Process.Start(new ProcessStartInfo(program, command)
        {
            WorkingDirectory = workingDirectory ?? "",
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        })!;
        _output = CollectAsync(_process.StandardOutput, _said);
        _error = _process.StandardError.ReadToEndAsync();
    }

    /// <summary>The process that serves.</summary>
    public int Id => Ready.ValueKind == JsonValueKind.Undefined ? _process.Id : Ready.GetProperty("pid").GetInt32();

    public bool HasExited => _process.HasExited;

    public string ReadyFile => _directory.PathTo("ready.json");

    /// <summary>What the ready file says.</summary>
    public JsonElement Ready { get; private set; }

    /// <summary>Starts servers, and returns when all of them are bound.</summary>
    /// <param name="servers">What stands in <c>actor-sockets.servers</c>.</param>
    /// <param name="others">What stands beside it.</param>
    public static async Task<ServerProcess> StartAsync(string servers, string others = "")
    {
        var directory = new TempDirectory();
        var config = directory.Write("test.conf", $"actor-sockets {{\n{others}\nservers {{\n{servers}\n}}\n}}\n");
        return await StartAsync(directory, directory.Path, [Build.ServerAssembly, "--config", config]);
    }

    /// <summary>Starts the program, and returns when everything is bound.</summary>
    /// <param name="directory">For its files; deleted at the end.</param>
    /// <param name="workingDirectory">Where it is started.</param>
    /// <param name="command">Arguments of the launcher.</param>
    /// <param name="launcher">What starts it.</param>
    internal static async Task<ServerProcess> StartAsync(TempDirectory directory, string workingDirectory, IEnumerable<string> command, string launcher = "dotnet")
    {
        var ready = directory.PathTo("ready.json");
        var process = new ServerProcess(directory, [.. command, "--ready-file", ready], workingDirectory, launcher);
        try
        {
            await Deadline.UntilAsync("the server is ready", async () =>
            {
                if (process._process.HasExited)
                {
                    Assert.Fail($"exit {await process.ExitAsync()}: {await process._error}{await process._output}");
                }

                return File.Exists(ready);
            });
            process.Ready = JsonDocument.Parse(await File.ReadAllTextAsync(ready)).RootElement;
            return process;
        }
        catch
        {
            await process.DisposeAsync();
            throw;
        }
    }

    /// <summary>Runs the program with a configuration until it ends by itself.</summary>
    public static async Task<Result> RunWithAsync(string config, params string[] command)
    {
        var directory = new TempDirectory();
        await using var process = new ServerProcess(directory, [Build.ServerAssembly, .. command, "--config", directory.Write("test.conf", config)]);
        return await process.EndAsync();
    }

    /// <summary>Has a launcher run the program until it ends by itself.</summary>
    internal static async Task<Result> RunAsync(TempDirectory directory, IEnumerable<string> command, string launcher)
    {
        await using var process = new ServerProcess(directory, command, program: launcher);
        return await process.EndAsync();
    }

    /// <summary>Runs the program until it ends by itself.</summary>
    public static async Task<Result> RunAsync(params string[] arguments)
    {
        await using var process = new ServerProcess(new TempDirectory(), [Build.ServerAssembly, .. arguments]);
        return await process.EndAsync();
    }

    /// <summary>The names of its servers.</summary>
    public IEnumerable<string> Servers => Ready.GetProperty("endpoints").EnumerateArray().Select(endpoint => endpoint.GetProperty("server").GetString()!).Distinct();

    public int Port(string server, string scheme = "tcp") => Ready.GetProperty("endpoints").EnumerateArray()
        .Where(endpoint => endpoint.GetProperty("server").GetString() == server)
        .Select(endpoint => new Uri(endpoint.GetProperty("bound").GetString()!))
        .Single(bound => bound.Scheme == scheme).Port;

    /// <summary>Sends a signal; one that has exited is not an error.</summary>
    public void Signal(int signal) => Assert.True(Kill(Id, signal) == 0 || _process.HasExited);

    /// <summary>What it has written on standard output so far.</summary>
    public string Said
    {
        get
        {
            lock (_said)
            {
                return _said.ToString();
            }
        }
    }

    /// <summary>Waits until there is such a text on standard output.</summary>
    public Task SaysAsync(string text) => SaysAsync(text, 1);

    /// <summary>Waits until there is such a text so many times.</summary>
    public Task SaysAsync(string text, int times) => Deadline.UntilAsync($"the program says: {text}", () => Task.FromResult(Count(text) >= times));

    /// <summary>How often it has written such a text on standard output so far.</summary>
    public int Count(string text) => Said.Split(text).Length - 1;

    /// <summary>Waits for the end.</summary>
    public async Task<Result> EndAsync() => new(await ExitAsync(), await _output, await _error);

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }

        await ExitAsync();
        _process.Dispose();
        _directory.Dispose();
    }

    private static async Task<string> CollectAsync(StreamReader reader, StringBuilder said)
    {
        var buffer = new char[4096];
        while (await reader.ReadAsync(buffer) is > 0 and var count)
        {
            lock (said)
            {
                said.Append(buffer, 0, count);
            }
        }

        return said.ToString();
    }

    private async Task<int> ExitAsync()
    {
        await _process.WaitForExitAsync().WaitAsync(Deadline.Long);
        return _process.ExitCode;
    }

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Kill(int process, int signal);

    /// <summary>How a process ended, and what it said.</summary>
    public sealed record Result(int ExitCode, string Output, string Error);
}
