using System.Net.Sockets;
using System.Runtime.InteropServices;
using ActorSockets.Drivers;

namespace ActorSockets.Tests;

/// <summary><c>tcp { … }</c>.</summary>
public sealed class TcpOptionsTests : ServerTest
{
    private const int Tcp = 6;
    private const int UserTimeout = 18;

    [SkippableFact]
    public async Task Each_connection_has_what_the_options_say()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "the kernel's options are Linux'");
        var accepted = await AcceptAsync(o => (o.KeepAlive, o.KeepAliveInterval, o.KeepAliveCount, o.UserTimeout, o.SendBuffer) =
            (TimeSpan.FromSeconds(77), TimeSpan.FromMilliseconds(6500), 5, TimeSpan.FromSeconds(12.5), 64 * 1024));

        Assert.Equal(new Options(NoDelay: true, KeepAlive: true, Idle: 77, Interval: 7, Count: 5, UserTimeout: 12_500, accepted.SendBuffer), accepted);
        Assert.InRange(accepted.SendBuffer, 64 * 1024, 128 * 1024);
    }

    [SkippableFact]
    public async Task What_is_off_is_the_kernels()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "the kernel's options are Linux'");
        using var untouched = new Socket(SocketType.Stream, ProtocolType.Tcp);
        var kernels = Read(untouched);

        var accepted = await AcceptAsync(o => (o.KeepAlive, o.UserTimeout, o.SendBuffer) = (null, null, null));

        Assert.Equal((false, 0, kernels.Idle), (accepted.KeepAlive, accepted.UserTimeout, accepted.Idle));
    }

    [Theory]
    [InlineData(SocketError.TimedOut, CloseReason.PeerLost)]
    [InlineData(SocketError.HostUnreachable, CloseReason.PeerLost)]
    [InlineData(SocketError.NetworkUnreachable, CloseReason.PeerLost)]
    [InlineData(SocketError.ConnectionReset, CloseReason.PeerReset)]
    [InlineData(SocketError.Shutdown, CloseReason.PeerReset)]
    [InlineData(SocketError.NoBufferSpaceAvailable, CloseReason.TransportFailed)]
    [InlineData(null, CloseReason.TransportFailed)]
    public void What_the_kernel_says_of_the_end_is_the_reason(SocketError? error, CloseReason reason) => Assert.Equal(reason, SocketErrors.Classify(error));

    private async Task<Options> AcceptAsync(Action<SocketServerOptions> configure)
    {
        var accepted = new TaskCompletionSource<Options>();
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle<CounterActor>().Configure(configure).ConfigureSocket(socket => accepted.SetResult(Read(socket))));
        using var client = await ConnectAsync(server);
        return await accepted.Task.WaitAsync(Deadline);
    }

    private static Options Read(Socket socket)
    {
        var milliseconds = 0;
        socket.GetRawSocketOption(Tcp, UserTimeout, MemoryMarshal.AsBytes(new Span<int>(ref milliseconds)));
        return new Options(
            socket.NoDelay,
            (int)socket.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive)! != 0,
            (int)socket.GetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime)!,
            (int)socket.GetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval)!,
            (int)socket.GetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount)!,
            milliseconds,
            socket.SendBufferSize);
    }

    private sealed record Options(bool NoDelay, bool KeepAlive, int Idle, int Interval, int Count, int UserTimeout, int SendBuffer);
}
