using System.Globalization;
using ActorSockets.Server.Tests.Support;

namespace ActorSockets.Server.Tests;

/// <summary>Clients that were written without us.</summary>
public class ForeignClientTests(BuiltInServers servers) : IClassFixture<BuiltInServers>
{
    private readonly ServerProcess _server = servers.Process;

    [SkippableFact]
    public async Task Nc_is_greeted()
    {
        ExternalProgram.Require("nc");

        Assert.Equal("hello world\n", await ExternalProgram.RunAsync("nc", ["127.0.0.1", Port("hello")]));
    }

    [SkippableFact]
    public async Task Nc_gets_its_datagram_back()
    {
        ExternalProgram.Require("nc");

        Assert.Equal("over udp\n", await ExternalProgram.RunAsync("nc", ["-u", "-w", "1", "127.0.0.1", Port("echo", "udp")], "over udp\n"));
    }

    [SkippableFact]
    public async Task Bash_talks_through_dev_tcp()
    {
        ExternalProgram.Require("bash");
        var script = $"exec 3<>/dev/tcp/127.0.0.1/{Port("counter")}; printf 'a\\nb\\n' >&3; read x <&3; read y <&3; echo \"$x, $y\"";

        Assert.Equal("1 a, 2 b\n", await ExternalProgram.RunAsync("bash", ["-c", script]));
    }

    [SkippableFact]
    public async Task Python_gets_its_bytes_back()
    {
        ExternalProgram.Require("python3");
        const string Script = """
            import asyncio, sys
            async def main():
                reader, writer = await asyncio.open_connection('127.0.0.1', int(sys.argv[1]))
                writer.write(b'x' * 300000)
                writer.write_eof()
                data = await reader.read()
                print(len(data), set(data) == {ord('x')})
            asyncio.run(main())
            """;

        Assert.Equal("300000 True\n", await ExternalProgram.RunAsync("python3", ["-c", Script, Port("echo")]));
    }

    private string Port(string server, string scheme = "tcp") => _server.Port(server, scheme).ToString(CultureInfo.InvariantCulture);
}
