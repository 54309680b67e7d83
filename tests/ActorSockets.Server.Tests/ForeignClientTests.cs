using System.Globalization;
using ActorSockets.Server.Tests.Support;

namespace ActorSockets.Server.Tests;

/// <summary>Clients that were written without us, with every built-in handler over TCP and UDP.</summary>
public class ForeignClientTests(BuiltInServers servers) : IClassFixture<BuiltInServers>
{
    private const string DaytimeLine = @"\A\w+, \w+ \d+, \d{4} \d\d:\d\d:\d\d[+-]\d\d:\d\d\r\n\z";

    // What is sent, how many bytes are read (-1: to the end), and what they are.
    private static readonly Dictionary<string, (string Input, int Read, string Expected)> Exchanges = new()
    {
        ["tcp hello"] = ("", -1, @"\Ahello world\n\z"),
        ["tcp named-echo"] = ("hi", -1, @"\Anamed-echo-\d+: hi\n\z"),
        ["tcp echo"] = ("over tcp\n", 9, @"\Aover tcp\n\z"),
        ["tcp discard"] = ("into the void\n", 0, @"\A\z"),
        ["tcp daytime"] = ("", -1, DaytimeLine),
        ["tcp chargen"] = ("", 148, @"\A !""#[ -~]{68}\r\n!""#\$[ -~]{68}\r\n\z"),
        ["tcp counter"] = ("a\nb\n", 8, @"\A1 a\n2 b\n\z"),
        ["udp echo"] = ("over udp\n", -1, @"\Aover udp\n\z"),
        ["udp discard"] = ("into the void\n", 0, @"\A\z"),
        ["udp daytime"] = ("?\n", -1, DaytimeLine),
        ["udp counter"] = ("a\n", -1, @"\A1 a\n\z"),
    };

    // Each gets host, port, input and the number of bytes to read.
    private static readonly Dictionary<string, string> Clients = new()
    {
        ["nc tcp"] = """printf "$3" | nc -N "$1" "$2" | if (($4 > 0)); then head -c "$4"; else cat; fi""",
        ["nc udp"] = """printf "$3" | nc -u -w 1 "$1" "$2" """,
        ["bash tcp"] = """
            exec 3<>"/dev/tcp/$1/$2"
            printf "$3" >&3
            if (($4 < 0)); then cat <&3; else head -c "$4" <&3; fi
            """,
        ["bash udp"] = """
            exec 3<>"/dev/udp/$1/$2"
            printf "$3" >&3
            if (($4 < 0)); then dd bs=65536 count=1 <&3 2>/dev/null; fi
            """,
        ["python3 tcp"] = """
            exec python3 - "$@" <<'END'
            import socket, sys
            with socket.create_connection((sys.argv[1], int(sys.argv[2]))) as s:
                s.sendall(sys.argv[3].encode().decode("unicode_escape").encode())
                s.shutdown(socket.SHUT_WR)
                limit, data = int(sys.argv[4]), b""
                while limit <= 0 or len(data) < limit:
                    piece = s.recv(limit - len(data) if limit > 0 else 65536)
                    if not piece:
                        break
                    data += piece
                sys.stdout.buffer.write(data)
            END
            """,
        ["python3 udp"] = """
            exec python3 - "$@" <<'END'
            import socket, sys
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
                s.settimeout(1 if sys.argv[4] == "0" else 20)
                s.sendto(sys.argv[3].encode().decode("unicode_escape").encode(), (sys.argv[1], int(sys.argv[2])))
                try:
                    sys.stdout.buffer.write(s.recv(65536))
                except TimeoutError:
                    pass
            END
            """,
    };

    public static TheoryData<string, string, string> All
    {
        get
        {
            var all = new TheoryData<string, string, string>();
            foreach (var program in new[] { "nc", "bash", "python3" })
            {
                foreach (var exchange in Exchanges.Keys.Select(key => key.Split(' ')))
                {
                    all.Add(program, exchange[0], exchange[1]);
                }
            }

            return all;
        }
    }

    [SkippableTheory]
    [MemberData(nameof(All))]
    public async Task Talks_to_every_built_in_handler(string program, string scheme, string handler)
    {
        ExternalProgram.Require("bash");
        ExternalProgram.Require(program);
        var (input, read, expected) = Exchanges[$"{scheme} {handler}"];

        var output = await ExternalProgram.RunAsync("bash",
        [
            "-c", Clients[$"{program} {scheme}"], "client", "127.0.0.1",
            servers.Process.Port(handler, scheme).ToString(CultureInfo.InvariantCulture),
            input.Replace("\n", "\\n", StringComparison.Ordinal), read.ToString(CultureInfo.InvariantCulture),
        ]);

        Assert.Matches(expected, output);
    }
}
