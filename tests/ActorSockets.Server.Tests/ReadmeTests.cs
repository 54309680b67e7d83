using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using ActorSockets.Server.Tests.Support;

namespace ActorSockets.Server.Tests;

/// <summary>The README's commands and its configuration, as they stand there.</summary>
public partial class ReadmeTests
{
    private static readonly string Text = ReadText();

    [SkippableFact]
    public async Task The_first_command_starts_the_default_servers()
    {
        var command = Commands().First();
        Assert.Equal("dotnet run --project src/ActorSockets.Server", command);
        SkipIfTaken(await File.ReadAllTextAsync(Path.Combine(Build.RepositoryRoot, "config", "actor-sockets.conf")));

        // The build is there, and another one would disturb the tests that run beside this one.
        await using var server = await ServerProcess.StartAsync(
            new TempDirectory(), Build.RepositoryRoot, [.. command.Split(' ').Skip(1), "--no-build", "--configuration", Build.Configuration, "--"]);

        Assert.Equal(
            ["hello 8000", "named-echo 8001", "echo 7007", "echo 7007", "discard 9009", "discard 9009", "daytime 1313", "daytime 1313", "chargen 1919", "counter 7070"],
            server.Ready.GetProperty("endpoints").EnumerateArray().Select(endpoint =>
                $"{endpoint.GetProperty("server").GetString()} {new Uri(endpoint.GetProperty("bound").GetString()!).Port}"));
        Assert.Equal("hello world\n", await StreamClient.ExchangeAsync(8000, ""));
        server.Signal(ServerProcess.SigInt);
        var result = await server.EndAsync();
        Assert.Equal(0, result.ExitCode);
        Assert.Contains("nc 127.0.0.1 7007", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_configuration_serves_a_chat_from_an_assembly_beside_it()
    {
        var command = Commands().Last();
        Assert.Equal("dotnet run --project src/ActorSockets.Server -- --config chat.conf", command);
        var directory = new TempDirectory();
        File.Copy(typeof(MyApp.Chat).Assembly.Location, directory.PathTo("MyApp.dll"));
        directory.Write("chat.conf", PortNumber().Replace(Block("hocon"), ":0\""));

        await using var server = await ServerProcess.StartAsync(directory, directory.Path, [Build.ServerAssembly, .. command.Split(" -- ")[1].Split(' ')]);

        using var one = await StreamClient.ConnectAsync(server.Port("chat"));
        using var two = await StreamClient.ConnectAsync(server.Port("chat"));
        await one.SendAsync("hello\n");
        Assert.Equal("hello\n", await one.ReadTextAsync(6));
        await two.SendAsync("hi, who is there?\n");
        Assert.Equal("hi, who is there?\n", await one.ReadTextAsync(18));
        Assert.Equal("echo", await StreamClient.ExchangeAsync(server.Port("echo"), "echo"));
        using var datagrams = new DatagramClient(server.Port("echo", "udp"));
        Assert.Equal("echo", await datagrams.ExchangeAsync("echo"));
    }

    private static IEnumerable<string> Commands() =>
        ShellBlock().Matches(Text).SelectMany(match => match.Groups["lines"].Value.Split('\n', StringSplitOptions.RemoveEmptyEntries));

    private static string Block(string language) => Text.Split($"```{language}\n")[1].Split("```")[0];

    private static void SkipIfTaken(string configuration)
    {
        foreach (var port in PortNumber().Matches(configuration).Select(match => int.Parse(match.Value.Trim(':', '"'), null)).Distinct())
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
            }
            catch (SocketException exception)
            {
                Skip.If(true, $"port {port} of the default configuration cannot be bound here: {exception.Message}");
            }
        }
    }

    private static string ReadText()
    {
        using var reader = new StreamReader(typeof(ReadmeTests).Assembly.GetManifestResourceStream("README.md")!);
        return reader.ReadToEnd();
    }

    [GeneratedRegex("```sh\n(?<lines>.*?)```", RegexOptions.Singleline)]
    private static partial Regex ShellBlock();

    [GeneratedRegex(":[0-9]+\"")]
    private static partial Regex PortNumber();
}
