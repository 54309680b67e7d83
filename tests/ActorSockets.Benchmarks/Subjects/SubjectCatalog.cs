using static ActorSockets.Benchmarks.Subjects.Service;

namespace ActorSockets.Benchmarks.Subjects;

/// <summary>
/// All subjects. Ours come first; the first of the others that takes part in a workload is what the rest is compared
/// with there. One that the library does not know yet is left out, by name.
/// </summary>
internal static class SubjectCatalog
{
    private const Service Streams = Tcp | Unix | Tls | Broadcast;

    private static readonly DotNetToolchain ActorSockets = new("actor-sockets");
    private static readonly CToolchain C = new("echo.c");
    private static readonly GoToolchain Go = new("echo.go");

    public static IReadOnlyList<Subject> All { get; } =
    [
        Ours("native event-loop", Streams | Udp | Crash, "driver=native", "dispatcher=event-loop"),
        Ours("native thread-pool", Streams | Udp | Crash, "driver=native", "dispatcher=thread-pool"),
        Ours("akka-io event-loop", Tcp | Udp | Broadcast | Crash, "driver=akka-io", "dispatcher=event-loop"),
        Ours("akka-io thread-pool", Tcp | Udp | Broadcast | Crash, "driver=akka-io", "dispatcher=thread-pool"),
        Ours("native", Streams | Udp | Crash, "driver=native"),
        Ours("akka-io", Tcp | Udp | Broadcast | Crash, "driver=akka-io"),
        Ours("native event-loop, request handler", Variant, "driver=native", "dispatcher=event-loop", "style=request-handler"),
        Ours("native event-loop, delegate", Variant, "driver=native", "dispatcher=event-loop", "style=delegate"),
        Ours("akka-io, request handler", Variant, "driver=akka-io", "style=request-handler"),
        Ours("akka-io, delegate", Variant, "driver=akka-io", "style=delegate"),
        new("Kestrel", new DotNetToolchain("kestrel"), Streams),
        new("uvloop", new PythonToolchain("asyncio_echo.py", module: "uvloop", "uvloop"), Streams | Udp),
        new("Go", Go, Streams | Udp),
        new("C epoll", C, Tcp | Unix | Broadcast | Udp),
        new("asyncio", new PythonToolchain("asyncio_echo.py", module: "asyncio", "asyncio"), Streams | Udp),
        new("Socket loop", new DotNetToolchain("socket"), Tcp | Unix | Udp),
        new("Akka.IO", new DotNetToolchain("akka-io"), Tcp | Udp | Broadcast),
        new("Akka.Streams", new DotNetToolchain("akka-streams"), Tcp),
        new("ThreadingTCPServer", new PythonToolchain("threading_tcp_server.py", module: "socketserver"), Tcp),
    ];

    private static Subject Ours(string name, Service services, params string[] options) =>
        new($"ActorSockets {name}", ActorSockets, services, options) { IsOurs = true };
}
