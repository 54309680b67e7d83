using System.Net;
using System.Net.Sockets;
using ActorSockets.Drivers.Native;

namespace ActorSockets.Tests;

/// <summary>What is handed over, and what becomes of a descriptor that was. The program's tests hand over for real.</summary>
public sealed class InheritedDescriptorTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [Theory]
    [InlineData("", null, null, "LISTEN_PID is not set")]
    [InlineData("7", "", null, "LISTEN_FDS is not set")]
    [InlineData("8", "1", null, "nothing was handed over to this process, 7: LISTEN_PID = 8 is another")]
    [InlineData("7", "0", null, "LISTEN_FDS = 0 is not a number of descriptors")]
    [InlineData("7", "-1", null, "LISTEN_FDS = -1 is not a number of descriptors")]
    [InlineData("7", "2", "web", "LISTEN_FDS = 2, but LISTEN_FDNAMES has 1 names")]
    public void Where_nothing_is_taken_over_the_reason_is_told(string process, string? count, string? names, string reason)
    {
        var inherited = new InheritedDescriptors(
            variable => variable switch { "LISTEN_PID" => process, "LISTEN_FDS" => count ?? "1", "LISTEN_FDNAMES" => names, _ => null }, 7);

        var error = Assert.Throws<IOException>(() => inherited.Find(Endpoint.Parse("fd:web")));

        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_descriptor_is_one_servers_at_a_time_and_free_again_afterwards()
    {
        using var listening = Listen();
        var descriptor = new InheritedDescriptor("web", 1, (int)listening.Handle);
        using (var first = descriptor.Take(SocketType.Stream))
        {
            Assert.Contains("somebody listens there already", Assert.Throws<IOException>(() => descriptor.Take(SocketType.Stream)).Message, StringComparison.Ordinal);
        }

        using var second = descriptor.Take(SocketType.Stream);
        Assert.Equal(listening.LocalEndPoint, second.Socket.LocalEndPoint);
    }

    [Fact]
    public async Task Whoever_shares_a_descriptor_listens_on_when_it_is_closed_here_in_the_middle_of_an_accept()
    {
        using var listening = Listen();
        var descriptor = new InheritedDescriptor("web", 1, (int)listening.Handle);
        using var done = new CancellationTokenSource();
        var clients = Task.Run(() =>
        {
            while (!done.IsCancellationRequested)
            {
                using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                try
                {
                    client.Connect(listening.LocalEndPoint!);
                }
                catch (SocketException)
                {
                    // It was accepted and closed before it had seen so.
                }
            }
        });

        // Not every time is in the middle of one.
        for (var i = 0; i < 300; i++)
        {
            var lease = descriptor.Take(SocketType.Stream);
            var accepting = AcceptAsync(lease.Socket, i % 5);
            await accepting.First.WaitAsync(Patience);
            lease.Dispose();
            lease.Socket.Dispose();
            await accepting.All.WaitAsync(Patience);
        }

        await done.CancelAsync();
        await clients;
        descriptor.Take(SocketType.Stream).Dispose();
    }

    private static Socket Listen()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        socket.Listen(4096);
        return socket;
    }

    /// <summary>Accepts until the socket is closed.</summary>
    private static (Task First, Task All) AcceptAsync(Socket socket, int before)
    {
        var first = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        return (first.Task, Task.Run(async () =>
        {
            try
            {
                for (var accepted = 0; ; accepted++)
                {
                    (await socket.AcceptAsync()).Dispose();
                    if (accepted >= before)
                    {
                        first.TrySetResult();
                    }
                }
            }
            catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
            {
                // It is closed; where the listening has ended, the next one who takes the descriptor is told.
                first.TrySetResult();
            }
        }));
    }
}
