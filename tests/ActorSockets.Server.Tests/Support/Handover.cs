namespace ActorSockets.Server.Tests.Support;

/// <summary>Starts the program with sockets that are bound already, as systemd does (<c>sd_listen_fds(3)</c>).</summary>
internal static class Handover
{
    public const string Launcher = "python3";

    // Sockets as NAME=KIND:PATH, how often the program is run, whose process id LISTEN_PID is, and then the program.
    private const string Script = """
        import fcntl, os, socket, sys

        def make(kind, path):
            if kind == "pipe":
                return os.pipe()[0]
            family = socket.AF_UNIX if kind.startswith("unix") else socket.AF_INET
            s = socket.socket(family, socket.SOCK_DGRAM if kind in ("udp", "unixgram") else socket.SOCK_STREAM)
            s.bind(path if family == socket.AF_UNIX else ("127.0.0.1", 0))
            if kind in ("tcp", "unix"):
                s.listen(100)
            elif kind == "accepted":
                s.listen(1)
                other = socket.create_connection(s.getsockname())
                s, _ = s.accept()
                other.detach()
            return s.detach()

        sockets, times, process = sys.argv[1].split(","), int(sys.argv[2]), sys.argv[3]
        names = [s.split("=")[0] for s in sockets]
        # Out of the way, so that no dup2 hits one of them.
        bound = [fcntl.fcntl(make(*s.split("=")[1].split(":")), fcntl.F_DUPFD, 100) for s in sockets]
        for i in range(times):
            if os.fork() == 0:
                for number, descriptor in enumerate(bound, 3):
                    os.dup2(descriptor, number)
                    os.close(descriptor)
                os.environ.update(LISTEN_PID=process or str(os.getpid()), LISTEN_FDS=str(len(names)), LISTEN_FDNAMES=":".join(names))
                os.execvp(sys.argv[4], sys.argv[4:])
            status = os.waitstatus_to_exitcode(os.wait()[1])
        sys.exit(status)
        """;

    /// <summary>The arguments of the launcher.</summary>
    /// <param name="sockets">What is handed over, as <c>NAME=KIND:PATH</c> with commas in between.</param>
    /// <param name="config">The program's configuration file.</param>
    /// <param name="times">How often the program is run, each time with the same sockets.</param>
    /// <param name="process">Whom it is said to be handed over to; empty: the program.</param>
    public static string[] Arguments(string sockets, string config, int times = 1, string process = "") =>
        ["-c", Script, sockets, $"{times}", process, "dotnet", Build.ServerAssembly, "--config", config];
}
