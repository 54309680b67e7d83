using System.Net.Sockets;
using ActorSockets.Drivers.Native;
using ActorSockets.Handlers;
using ActorSockets.Servers;
using Akka.Event;

namespace ActorSockets.Tests;

/// <summary>What an accept that fails means for the next one.</summary>
public sealed class AcceptErrorsTests() : ServerTest("WARNING")
{
    [Theory]
    [InlineData(SocketError.ConnectionAborted)]
    [InlineData(SocketError.ConnectionReset)]
    [InlineData(SocketError.AccessDenied)]
    [InlineData(SocketError.NetworkUnreachable)]
    [InlineData(SocketError.HostUnreachable)]
    [InlineData(SocketError.TimedOut)]
    public void What_was_that_connections_own_does_not_hold_up_the_next(SocketError error) => AssertKind(AcceptErrorKind.Connection, error);

    /// <summary>EMFILE and ENFILE, ENOBUFS, and ENOMEM, which .NET has no name for.</summary>
    [Theory]
    [InlineData(SocketError.TooManyOpenSockets)]
    [InlineData(SocketError.NoBufferSpaceAvailable)]
    [InlineData(SocketError.SocketError)]
    public void What_the_machine_is_short_of_is_waited_for(SocketError error) => AssertKind(AcceptErrorKind.Pressure, error);

    [Theory]
    [InlineData(SocketError.NotSocket)]
    [InlineData(SocketError.InvalidArgument)]
    [InlineData(SocketError.OperationAborted)]
    public void What_the_socket_will_not_recover_from_ends_the_listening(SocketError error) => AssertKind(AcceptErrorKind.Terminal, error);

    [Fact]
    public void An_error_that_is_none_of_the_sockets_ends_the_listening() =>
        Assert.Equal(AcceptErrorKind.Terminal, AcceptErrors.Classify(new InvalidOperationException("of ours")));

    [Fact]
    public async Task Pressure_is_waited_for_from_10_ms_to_a_second_with_one_line_a_second()
    {
        var context = new ServerContext("short", [], new HandlerSet(), new SocketServerOptions(), Sys.Log, new MemoryBudget(long.MaxValue / 2));
        var endpoint = Endpoint.Parse("tcp://127.0.0.1:7000");
        var pressure = new AcceptPressure();
        Sys.EventStream.Subscribe(TestActor, typeof(Warning));

        var waits = Enumerable.Range(0, 9).Select(_ => pressure.WaitAsync(context, endpoint, new SocketException((int)SocketError.TooManyOpenSockets)));

        // Not waited for: the next delay does not depend on it.
        Assert.Equal(9, waits.ToList().Count);
        Assert.Matches(@"^\[short\] tcp://127.0.0.1:7000 cannot accept: .+; tried again in 10 ms$", $"{(await ExpectMsgAsync<Warning>(Deadline)).Message}");
        await ExpectNoMsgAsync(TimeSpan.FromMilliseconds(100));
        Assert.Equal(1000, pressure.Delay);
        pressure.Relieve();
        Assert.Equal(0, pressure.Delay);
    }

    private static void AssertKind(AcceptErrorKind kind, SocketError error) => Assert.Equal(kind, AcceptErrors.Classify(new SocketException((int)error)));
}
