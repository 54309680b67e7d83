using System.Diagnostics;
using System.Net.Sockets;
using System.Runtime.Versioning;
using System.Text;
using ActorSockets.Tests.Faults;
using Akka.Configuration;

namespace ActorSockets.Tests;

/// <summary>Unix stream endpoints: their files, and who may connect.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class UnixEndpointTests : ServerTest
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("as");

    private string SocketPath => Path.Join(_directory.FullName, "s");

    [Theory]
    [InlineData(typeof(CounterActor))]
    [InlineData(typeof(CounterHandler))]
    public async Task A_client_is_served_at_the_path_and_known_by_its_credentials(Type handler)
    {
        var server = await StartAsync(s => s.Listen($"unix:{SocketPath}").Handle(handler, () => Activator.CreateInstance(handler)!));
        using var client = await ConnectAsync(SocketPath);

        await client.SendAsync("a\nb\n"u8.ToArray());

        Assert.Equal("1 a\n2 b\n", await ReceiveAsync(client, 8));
        var connection = server.Connections.Single();
        Assert.Equal($"unix:{SocketPath}", $"{connection.Endpoint}");
        Assert.Equal(Environment.ProcessId, connection.PeerCredentials!.Value.ProcessId);
        client.Shutdown(SocketShutdown.Send);
        Assert.Equal("", await ReceiveAsync(client, 1));
        await ClosedAsync(server, CloseReason.PeerClosed);
    }

    [Fact]
    public async Task A_name_in_the_abstract_namespace_has_no_file()
    {
        var name = $"actor-sockets-{Guid.NewGuid():N}";
        await StartAsync(s => s.Listen($"unix:@{name}").Handle<CounterActor>());
        using var client = await ConnectAsync($"\0{name}");

        await client.SendAsync("a\n"u8.ToArray());

        Assert.Equal("1 a\n", await ReceiveAsync(client, 4));
        Assert.False(File.Exists($"@{name}"));
    }

    [Theory]
    [InlineData(ServerDispatcher.EventLoop)]
    [InlineData(ServerDispatcher.ThreadPool)]
    public async Task A_client_may_have_a_name_as_long_as_any(ServerDispatcher dispatcher)
    {
        var server = await StartAsync(s => s.Listen($"unix:{SocketPath}").Handle<CounterActor>().Configure(o => o.Dispatcher = dispatcher));
        var name = Path.Join(_directory.FullName, "client");
        using var client = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        client.Bind(new UnixDomainSocketEndPoint(name.PadRight(107, 'x')));

        await client.ConnectAsync(new UnixDomainSocketEndPoint(SocketPath)).WaitAsync(Deadline);

        await client.SendAsync("a\n"u8.ToArray());
        Assert.Equal("1 a\n", await ReceiveAsync(client, 4));
        Assert.Equal(1, server.Statistics.Accepted);
    }

    [SkippableTheory]
    [InlineData(ServerDispatcher.EventLoop)]
    [InlineData(ServerDispatcher.ThreadPool)]
    public async Task A_client_whose_name_NET_cannot_read_costs_nobody_else_anything(ServerDispatcher dispatcher)
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "only Linux has names without a zero at their end");
        Skip.IfNot(Environment.GetEnvironmentVariable("PATH")!.Split(':').Any(directory => File.Exists(Path.Join(directory, "python3"))), "python3 is missing");
        var server = await StartAsync(s => s.Listen($"unix:{SocketPath}").Handle<CounterActor>().Configure(o => o.Dispatcher = dispatcher));
        var file = File.GetCreationTimeUtc(SocketPath);

        // Neither .NET nor Python have room for such a name themselves.
        var script = $"""
            import ctypes, socket, struct
            client = socket.socket(socket.AF_UNIX)
            name = struct.pack("H", socket.AF_UNIX) + b"{Path.Join(_directory.FullName, "client")}".ljust(108, b"x")
            assert ctypes.CDLL(None).bind(client.fileno(), name, len(name)) == 0
            client.connect("{SocketPath}")
            """;
        using var stranger = Process.Start("python3", ["-c", script]);
        await stranger.WaitForExitAsync().WaitAsync(Deadline);
        Assert.Equal(0, stranger.ExitCode);

        using var client = await ConnectAsync(SocketPath);
        await client.SendAsync("a\n"u8.ToArray());
        Assert.Equal("1 a\n", await ReceiveAsync(client, 4));
        Assert.Equal((0, file), (server.Statistics.Rebinds, File.GetCreationTimeUtc(SocketPath)));

        // The stranger stood before it in the queue, and was the one that could not be read.
        Assert.Equal(1, server.Statistics.Accepted);
    }

    [Fact]
    public async Task A_server_whose_queue_is_full_is_seen_to_listen()
    {
        using var listening = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listening.Bind(new UnixDomainSocketEndPoint(SocketPath));
        listening.Listen(1);
        var waiting = new List<Socket>();
        try
        {
            await FillAsync(waiting);

            var failure = await Assert.ThrowsAsync<EndpointBindException>(() => StartAsync(s => s.Listen($"unix:{SocketPath}").Handle<CounterActor>()).WaitAsync(Deadline));

            Assert.EndsWith("somebody listens there already", failure.Message, StringComparison.Ordinal);
            Assert.True(File.Exists(SocketPath));
        }
        finally
        {
            waiting.ForEach(client => client.Dispose());
        }
    }

    private async Task FillAsync(List<Socket> waiting)
    {
        while (true)
        {
            var client = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) { Blocking = false };
            waiting.Add(client);
            try
            {
                client.Connect(new UnixDomainSocketEndPoint(SocketPath));
            }
            catch (SocketException exception) when (exception.SocketErrorCode == SocketError.WouldBlock)
            {
                return;
            }

            await Task.Yield();
        }
    }

    [Fact]
    public async Task Who_may_send_datagrams_cannot_be_told_by_their_user()
    {
        var failure = await Assert.ThrowsAsync<ConfigurationException>(() =>
            StartAsync(s => s.Listen($"unixgram:{SocketPath}").HandleDatagram(_ => Task.CompletedTask).Configure(o => o.UnixAllowUids = [0])));

        Assert.Contains("unix.allow-uids", failure.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task A_user_who_is_allowed_is_served()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "only Linux tells who has connected");
        var first = await StartAsync(s => s.Listen($"unix:{SocketPath}").Handle<CounterActor>());
        using var client = await ConnectAsync(SocketPath);
        await UntilAsync(() => first.Connections.Count == 1, "connected");
        var own = first.Connections.Single().PeerCredentials!.Value.UserId;
        await StartAsync(s => s.Listen($"unix:{SocketPath}2").Handle<CounterActor>().Configure(o => o.UnixAllowUids = [own + 1, own]), "allowed");

        using var allowed = await ConnectAsync(SocketPath + "2");
        await allowed.SendAsync("a\n"u8.ToArray());
        Assert.Equal("1 a\n", await ReceiveAsync(allowed, 4));
    }

    [Theory]
    [InlineData(UnixFileMode.UserRead | UnixFileMode.UserWrite, null)]
    [InlineData(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite, "0660")]
    public async Task The_file_has_its_mode(UnixFileMode expected, string? mode)
    {
        await StartAsync(s => s.Listen($"unix:{SocketPath}").Handle<CounterActor>().Configure(o =>
            o.UnixMode = mode is null ? o.UnixMode : (UnixFileMode)Convert.ToInt32(mode, 8)));

        Assert.Equal(expected, File.GetUnixFileMode(SocketPath));
    }

    [Theory]
    [InlineData("unix", "0666")]
    [InlineData("unixgram", "0602")]
    public async Task A_mode_that_lets_everybody_write_is_refused_unless_it_is_said_who_may(string scheme, string mode)
    {
        var refused = await Assert.ThrowsAsync<ConfigurationException>(() => StartAsync(s => Wide(s)));
        await StartAsync(s => Wide(s).Configure(o => o.UnixAllowEverybody = true), "everybody");

        Assert.Equal(
            $"server 'test': unix.mode = {mode} lets every user of the machine write to {scheme}:{SocketPath}: name those who may in unix.allow-uids, or say unix.allow-everybody = on", refused.Message);
        Assert.Equal((UnixFileMode)Convert.ToInt32(mode, 8), File.GetUnixFileMode(SocketPath));
        if (scheme == "unix")
        {
            await StartAsync(s => s.Listen($"unix:{SocketPath}2").Handle<CounterActor>().Configure(o => (o.UnixMode, o.UnixAllowUids) = ((UnixFileMode)Convert.ToInt32(mode, 8), [0])), "named");
        }

        SocketServerBuilder Wide(SocketServerBuilder server) => server.Listen($"{scheme}:{SocketPath}").Handle<CounterActor>().HandleDatagram(_ => Task.CompletedTask)
            .Configure(o => o.UnixMode = (UnixFileMode)Convert.ToInt32(mode, 8));
    }

    [Fact]
    public async Task The_file_goes_with_the_server_and_leaves_nothing_in_its_directory()
    {
        var server = await StartAsync(s => s.Listen($"unix:{SocketPath}").Handle<CounterActor>());
        Assert.Equal([SocketPath], Directory.GetFileSystemEntries(_directory.FullName));

        await server.StopAsync();

        Assert.Empty(Directory.GetFileSystemEntries(_directory.FullName));
    }

    [SkippableFact]
    public async Task A_file_that_a_dead_server_of_another_user_has_left_is_left_alone()
    {
        Skip.IfNot(OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess, "only root can make a file another user's");
        using (var dead = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            dead.Bind(new UnixDomainSocketEndPoint(SocketPath + ".dead"));
            File.Move(SocketPath + ".dead", SocketPath);
        }

        using var chown = Process.Start("chown", ["65534", SocketPath]);
        await chown.WaitForExitAsync().WaitAsync(Deadline);
        var failure = await Assert.ThrowsAsync<EndpointBindException>(() => StartAsync(s => s.Listen($"unix:{SocketPath}").Handle<CounterActor>()));

        Assert.Contains("there is a socket of this name that nobody listens on and that belongs to user 65534; it is left alone", failure.Message, StringComparison.Ordinal);
        Assert.True(File.Exists(SocketPath));
    }

    [Fact]
    public async Task A_file_that_a_dead_server_has_left_is_replaced()
    {
        using (var dead = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            dead.Bind(new UnixDomainSocketEndPoint(SocketPath + ".dead"));
            File.Move(SocketPath + ".dead", SocketPath);
        }

        Assert.True(File.Exists(SocketPath));
        await StartAsync(s => s.Listen($"unix:{SocketPath}").Handle<CounterActor>());

        using var client = await ConnectAsync(SocketPath);
        await client.SendAsync("a\n"u8.ToArray());
        Assert.Equal("1 a\n", await ReceiveAsync(client, 4));
    }

    [Fact]
    public async Task A_path_where_somebody_listens_is_left_alone()
    {
        var first = await StartAsync(s => s.Listen($"unix:{SocketPath}").Handle<CounterActor>(), "first");

        var error = await Assert.ThrowsAsync<EndpointBindException>(() => StartAsync(s => s.Listen($"unix:{SocketPath}").Handle<CounterActor>(), "second"));

        Assert.Contains($"unix:{SocketPath}", error.Message, StringComparison.Ordinal);
        Assert.Contains("somebody listens there already", error.Message, StringComparison.Ordinal);
        using var client = await ConnectAsync(SocketPath);
        await client.SendAsync("a\n"u8.ToArray());
        Assert.Equal("1 a\n", await ReceiveAsync(client, 4));
        Assert.Equal([SocketPath], Directory.GetFileSystemEntries(_directory.FullName));
        Assert.Equal(ServerState.Serving, first.State);
    }

    [Fact]
    public async Task A_file_that_is_no_socket_is_left_alone()
    {
        await File.WriteAllTextAsync(SocketPath, "precious");

        var error = await Assert.ThrowsAsync<EndpointBindException>(() => StartAsync(s => s.Listen($"unix:{SocketPath}").Handle<CounterActor>()));

        Assert.Contains("not a socket", error.Message, StringComparison.Ordinal);
        Assert.Equal("precious", await File.ReadAllTextAsync(SocketPath));
    }

    [Fact]
    public async Task A_directory_that_does_not_exist_fails_the_start_by_name()
    {
        var error = await Assert.ThrowsAsync<EndpointBindException>(() => StartAsync(s => s.Listen("unix:/nowhere/at/all").Handle<CounterActor>()));

        Assert.Contains("unix:/nowhere/at/all", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_path_that_somebody_else_has_taken_over_is_not_removed_at_the_end()
    {
        var first = await StartAsync(s => s.Listen($"unix:{SocketPath}").Handle<CounterActor>(), "first");
        File.Delete(SocketPath);
        await StartAsync(s => s.Listen($"unix:{SocketPath}").Handle<CounterActor>(), "second");

        await first.StopAsync();

        using var client = await ConnectAsync(SocketPath);
        await client.SendAsync("a\n"u8.ToArray());
        Assert.Equal("1 a\n", await ReceiveAsync(client, 4));
    }

    [Fact]
    public async Task The_longest_path_is_bound_and_one_byte_more_is_no_endpoint()
    {
        var path = Path.Join(_directory.FullName, new string('x', 107 - _directory.FullName.Length - 1));
        await StartAsync(s => s.Listen($"unix:{path}").Handle<CounterActor>());

        using var client = await ConnectAsync(path);
        await client.SendAsync("a\n"u8.ToArray());
        Assert.Equal("1 a\n", await ReceiveAsync(client, 4));
        Assert.False(Endpoint.TryParse($"unix:{path}x", out _));
    }

    [Fact]
    [Proves("a user connects whom unix.allow-uids does not name", "client: the end or a reset; NotAllowed; the log")]
    public async Task A_user_that_is_not_allowed_is_refused_and_counted()
    {
        var server = await StartAsync(s => s.Listen($"unix:{SocketPath}").Handle<CounterActor>().Configure(o => o.UnixAllowUids = [uint.MaxValue - 1]));
        using var client = await ConnectAsync(SocketPath);

        // Whether as an end or as a reset is the kernel's to say.
        await Record.ExceptionAsync(() => ReceiveAsync(client, 1));

        Assert.Equal((1, 0), (server.Statistics.Refused[RefusalReason.NotAllowed], server.Statistics.Accepted));
    }

    [Fact]
    public async Task A_suspended_server_gives_its_path_up_and_takes_it_again()
    {
        var server = await StartAsync(s => s.Listen($"unix:{SocketPath}").Handle<CounterActor>());

        await server.SuspendAsync().WaitAsync(Deadline);
        Assert.False(File.Exists(SocketPath));
        await server.ResumeAsync().WaitAsync(Deadline);

        using var client = await ConnectAsync(SocketPath);
        await client.SendAsync("a\n"u8.ToArray());
        Assert.Equal("1 a\n", await ReceiveAsync(client, 4));
    }

    [Fact]
    public void A_driver_that_cannot_listen_there_is_refused_with_one_that_can()
    {
        var error = Assert.Throws<Akka.Configuration.ConfigurationException>(() => Sys.SocketServers().Create(
            "test", s => s.Listen($"unix:{SocketPath}").Handle<CounterActor>().Configure(o => o.Driver = "akka-io")));

        Assert.Equal($"server 'test': driver = akka-io cannot listen on unix:{SocketPath}; native can", error.Message);
    }

    protected override void AfterAll()
    {
        base.AfterAll();
        _directory.Delete(recursive: true);
    }

    private static async Task<Socket> ConnectAsync(string path)
    {
        var client = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await client.ConnectAsync(new UnixDomainSocketEndPoint(path)).WaitAsync(Deadline);
        return client;
    }
}
