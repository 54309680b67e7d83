using System.Net;
using System.Net.Sockets;
using Akka.Actor;
using CsCheck;

namespace ActorSockets.Tests.LifeCycle;

public sealed class LifeCycleProperties : ServerTest
{
    private int _runs;

    [Theory]
    [InlineData("delegate")]
    [InlineData("request handler")]
    [InlineData("connection actor")]
    public Task The_state_machine_of_callbacks_is_never_violated(string style) =>
        Schedule.Any.SampleAsync(schedule => RunAsync(style, schedule), threads: 1, print: schedule => $"{schedule}");

    private async Task RunAsync(string style, Schedule schedule)
    {
        var journal = new Journal();
        var script = new Script(schedule, journal);
        var server = await StartAsync(s =>
        {
            s.Listen("tcp://127.0.0.1:0").OnFailure(new RestartPolicy(schedule.OnFailure, 3, TimeSpan.FromMinutes(1))).Verify(script.VerifyAsync).OnError(script.OnErrorAsync);
            _ = style switch
            {
                "delegate" => s.Handle(connection => script.HandleAsync(connection)),
                "request handler" => s.Handle(() => new JournalingHandler(script)),
                _ => s.Handle(() => new JournalingActor(script)),
            };
        }, $"test-{++_runs}");

        var clients = await Task.WhenAll(Enumerable.Range(0, ScheduledStep.Clients).Select(_ => OpenAsync(server)));
        foreach (var step in schedule.Steps)
        {
            await DoAsync(server, clients[step.Client], step.Kind);
        }

        Array.ForEach(clients, client => client.Dispose());
        await server.StopAsync(TimeSpan.FromMilliseconds(schedule.Steps.Length % 2 * 200)).WaitAsync(Deadline);
        await EndedAsync(style, journal);
        await AssertBalancedAsync(server);
        Assert.All(journal.Callbacks.Values, callbacks => Assert.Null(LifeCycleModel.FindViolation(style, callbacks)));
    }

    /// <summary>A handler that was cut comes to its end on its own time.</summary>
    private static Task EndedAsync(string style, Journal journal) => UntilAsync(
        () => journal.Callbacks.Values.All(callbacks => style == "delegate" || callbacks[^1] == LifeCycleModel.Closed || !callbacks.Contains("setup") && style == "request handler"),
        "all are told their end",
        () => string.Join(" | ", journal.Callbacks.Values.Select(callbacks => string.Join(", ", callbacks))));

    private static async Task<Socket> OpenAsync(SocketServer server)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, server.Endpoints[0].Port)).WaitAsync(Deadline);
        }
        catch (SocketException exception) when (exception.SocketErrorCode == SocketError.ConnectionReset)
        {
            // It was connected, and its handler has aborted it already.
        }

        return socket;
    }

    private static async Task DoAsync(SocketServer server, Socket client, StepKind kind)
    {
        try
        {
            switch (kind)
            {
                case StepKind.Line:
                    await client.SendAsync("line\n"u8.ToArray());
                    break;
                case StepKind.HalfALine:
                    await client.SendAsync("half"u8.ToArray());
                    break;
                case StepKind.Crash:
                    await client.SendAsync("crash\n"u8.ToArray());
                    break;
                case StepKind.CrashFinish:
                    await client.SendAsync("crash finish\n"u8.ToArray());
                    break;
                case StepKind.Switch:
                    await client.SendAsync("switch\n"u8.ToArray());
                    break;
                case StepKind.HalfClose:
                    client.Shutdown(SocketShutdown.Send);
                    break;
                case StepKind.Reset:
                    client.Close(timeout: 0);
                    break;
                case StepKind.Pause:
                    await Task.Delay(1);
                    break;
                default:
                    Do(FindConnection(server, client), kind);
                    break;
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // An earlier step has ended this client.
        }
    }

    private static Connection? FindConnection(SocketServer server, Socket client)
    {
        var port = (client.LocalEndPoint as IPEndPoint)?.Port;
        return server.Connections.FirstOrDefault(connection => ((IPEndPoint)connection.RemoteEndPoint).Port == port);
    }

    private static void Do(Connection? connection, StepKind kind)
    {
        switch (kind)
        {
            case StepKind.Tell:
                connection?.Self.Tell("told", ActorRefs.NoSender);
                break;
            case StepKind.TellCrash:
                connection?.Self.Tell(new InvalidOperationException("asked to"), ActorRefs.NoSender);
                break;
            case StepKind.ServerCloses:
                connection?.Close();
                break;
            case StepKind.ServerAborts:
                connection?.Abort();
                break;
        }
    }
}
