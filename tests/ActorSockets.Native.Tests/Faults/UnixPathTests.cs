using System.Diagnostics;
using System.Net.Sockets;
using System.Runtime.Versioning;

namespace ActorSockets.Tests.Faults;

/// <summary>Trouble with the paths of Unix sockets, of streams and of datagrams: what is not ours is left alone, before, while and after we serve.</summary>
[Trait("Category", "Faults")]
[UnsupportedOSPlatform("windows")]
public sealed class UnixPathTests : ServerTest
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("as");

    public static TheoryData<string, string> SchemesAndObstacles
    {
        get
        {
            var all = new TheoryData<string, string>();
            foreach (var obstacle in new[] { "file", "directory", "fifo", "link to a file", "link to a dead socket", "link to a live socket", "link to nothing", "link to itself" })
            {
                all.Add("unix", obstacle);
                all.Add("unixgram", obstacle);
            }

            return all;
        }
    }

    private string SocketPath => Path.Join(_directory.FullName, "s");

    private string Aside => Path.Join(_directory.FullName, "aside");

    [Theory]
    [MemberData(nameof(SchemesAndObstacles))]
    public async Task What_is_no_socket_is_left_alone_and_so_is_what_a_link_leads_to(string scheme, string obstacle)
    {
        using var listener = Put(obstacle);
        var before = Describe();

        var failure = await Assert.ThrowsAsync<EndpointBindException>(() => StartAsync(scheme).WaitAsync(Deadline));

        Assert.Contains($"{scheme}:{SocketPath}", failure.Message, StringComparison.Ordinal);
        Assert.EndsWith("there is a file of this name which is not a socket; it is left alone", failure.Message, StringComparison.Ordinal);
        Assert.Equal(before, Describe());
    }

    [Theory]
    [InlineData("unix", SocketType.Stream)]
    [InlineData("unix", SocketType.Dgram)]
    [InlineData("unix", SocketType.Seqpacket)]
    [InlineData("unixgram", SocketType.Stream)]
    [InlineData("unixgram", SocketType.Dgram)]
    public async Task A_socket_of_any_kind_that_somebody_else_serves_is_left_alone(string scheme, SocketType type)
    {
        using var theirs = Bind(SocketPath, type);
        if (type != SocketType.Dgram)
        {
            theirs.Listen();
        }

        var failure = await Assert.ThrowsAsync<EndpointBindException>(() => StartAsync(scheme).WaitAsync(Deadline));

        Assert.EndsWith("somebody listens there already", failure.Message, StringComparison.Ordinal);
        using var client = new Socket(AddressFamily.Unix, type, ProtocolType.Unspecified);
        await client.ConnectAsync(new UnixDomainSocketEndPoint(SocketPath)).WaitAsync(Deadline);
    }

    [Theory]
    [InlineData("unix", SocketType.Dgram)]
    [InlineData("unix", SocketType.Seqpacket)]
    [InlineData("unixgram", SocketType.Stream)]
    [InlineData("unixgram", SocketType.Dgram)]
    public async Task A_socket_of_any_kind_that_is_dead_is_replaced(string scheme, SocketType type)
    {
        LeaveDead(SocketPath, type);

        await StartAsync(scheme);

        await IsServedAsync(scheme);
        Assert.Equal(SocketPath, Assert.Single(Directory.GetFileSystemEntries(_directory.FullName)));
    }

    [SkippableTheory]
    [InlineData("unix", "missing/s")]
    [InlineData("unixgram", "missing/s")]
    [InlineData("unix", "file/s")]
    [InlineData("unixgram", "file/s")]
    [InlineData("unix", "loop/s")]
    [InlineData("unix", "/proc/s")]
    [InlineData("unix", "closed/s")]
    public async Task A_directory_that_is_none_or_cannot_be_written_fails_the_start_by_name(string scheme, string name)
    {
        Skip.If(name == "closed/s" && Environment.UserName == "root", "root may write everywhere");
        Skip.If(name == "/proc/s" && !OperatingSystem.IsLinux(), "only Linux has such a directory");
        await File.WriteAllTextAsync(Path.Join(_directory.FullName, "file"), "precious");
        File.CreateSymbolicLink(Path.Join(_directory.FullName, "loop"), "loop");
        Directory.CreateDirectory(Path.Join(_directory.FullName, "closed"), UnixFileMode.UserRead | UnixFileMode.UserExecute);
        var path = Path.Combine(_directory.FullName, name);

        var failure = await Assert.ThrowsAsync<EndpointBindException>(() => StartAsync(scheme, path).WaitAsync(Deadline));

        Assert.Contains($"{scheme}:{path}", failure.Message, StringComparison.Ordinal);
        Assert.Equal("precious", await File.ReadAllTextAsync(Path.Join(_directory.FullName, "file")));
    }

    [Fact]
    public async Task A_file_that_is_unlinked_while_we_serve_costs_new_clients_only_until_the_path_is_taken_again()
    {
        var server = await StartAsync("unix");
        using var before = await ConnectAsync();
        await IsServedAsync(before);

        File.Delete(SocketPath);

        await IsServedAsync(before);
        await Assert.ThrowsAsync<SocketException>(ConnectAsync);
        await server.SuspendAsync().WaitAsync(Deadline);
        await server.ResumeAsync().WaitAsync(Deadline);
        await IsServedAsync("unix");
        await IsServedAsync(before);
        before.Dispose();
        await server.StopAsync().WaitAsync(Deadline);
        await AssertBalancedAsync(server);
        Assert.Empty(_directory.GetFileSystemInfos());
    }

    [Theory]
    [InlineData("unix", "file")]
    [InlineData("unix", "directory")]
    [InlineData("unix", "link to a dead socket")]
    [InlineData("unixgram", "file")]
    [InlineData("unixgram", "link to nothing")]
    public async Task What_has_taken_the_place_of_our_file_is_there_after_the_stop(string scheme, string obstacle)
    {
        var server = await StartAsync(scheme);
        File.Delete(SocketPath);
        Put(obstacle)?.Dispose();
        var before = Describe();

        await server.StopAsync().WaitAsync(Deadline);

        Assert.Equal(before, Describe());
    }

    [Theory]
    [InlineData("unix")]
    [InlineData("unixgram")]
    public async Task A_stop_does_not_mind_that_the_directory_is_gone(string scheme)
    {
        var server = await StartAsync(scheme);
        _directory.Delete(recursive: true);

        Assert.Equal(new StopReport(0, 0), await server.StopAsync().WaitAsync(Deadline));

        Assert.Equal(ServerState.Stopped, server.State);
        _directory.Create();
    }

    [Fact]
    public async Task A_path_that_is_taken_while_the_server_is_suspended_is_taken_again_when_it_is_free()
    {
        var server = await StartAsync("unix");
        await server.SuspendAsync().WaitAsync(Deadline);
        await File.WriteAllTextAsync(SocketPath, "precious");

        var resuming = server.ResumeAsync();
        await UntilAsync(() => server.LostEndpoints.Count == 1, "it cannot be bound");
        Assert.Equal("precious", await File.ReadAllTextAsync(SocketPath));
        File.Delete(SocketPath);

        await resuming.WaitAsync(Deadline);
        await UntilAsync(() => server.LostEndpoints.Count == 0, "bound again");
        await IsServedAsync("unix");
    }

    [Theory]
    [InlineData("unix")]
    [InlineData("unixgram")]
    public async Task Of_two_servers_that_start_at_once_in_the_place_of_a_dead_one_one_has_the_path_and_the_other_is_told(string scheme)
    {
        for (var round = 0; round < 20; round++)
        {
            LeaveDead(SocketPath, SocketType.Stream);
            var starts = Enumerable.Range(0, 2).Select(number => Task.Run(() => StartAsync(scheme, SocketPath, $"server-{round}-{number}"))).ToList();
            await Task.WhenAll(starts).ContinueWith(_ => { }, TaskScheduler.Default).WaitAsync(Deadline);

            var server = await Assert.Single(starts, start => start.IsCompletedSuccessfully);
            var failure = Assert.IsType<EndpointBindException>(Assert.Single(starts, start => start.IsFaulted).Exception!.InnerException);
            Assert.EndsWith("somebody listens there already", failure.Message, StringComparison.Ordinal);
            await IsServedAsync(scheme);
            await server.StopAsync().WaitAsync(Deadline);
            Assert.Empty(_directory.GetFileSystemInfos());
        }
    }

    protected override void AfterAll()
    {
        base.AfterAll();
        _directory.Delete(recursive: true);
    }

    private static Socket Bind(string path, SocketType type)
    {
        var socket = new Socket(AddressFamily.Unix, type, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(path));
        return socket;
    }

    /// <summary>.NET removes the file of a socket that it closes, where it still has the name that it was bound to.</summary>
    private static void LeaveDead(string path, SocketType type)
    {
        using var dead = Bind($"{path}.dead", type);
        File.Move($"{path}.dead", path);
    }

    private Task<SocketServer> StartAsync(string scheme, string? path = null, string name = "test") =>
        StartAsync(s => s.Listen($"{scheme}:{path ?? SocketPath}").Handle<CounterActor>().Handle<CounterPeer>(), name);

    /// <summary>Puts something in the way.</summary>
    /// <returns>What listens there, if something does.</returns>
    private Socket? Put(string obstacle)
    {
        Socket? listener = null;
        switch (obstacle)
        {
            case "file":
                File.WriteAllText(SocketPath, "precious");
                break;
            case "directory":
                File.WriteAllText(Path.Join(Directory.CreateDirectory(SocketPath).FullName, "within"), "precious");
                break;
            case "fifo":
                Process.Start("mkfifo", [SocketPath]).WaitForExit();
                break;
            case "link to a file":
                File.WriteAllText(Aside, "precious");
                break;
            case "link to a dead socket":
                LeaveDead(Aside, SocketType.Stream);
                break;
            case "link to a live socket":
                listener = Bind(Aside, SocketType.Stream);
                listener.Listen();
                break;
        }

        if (obstacle.StartsWith("link", StringComparison.Ordinal))
        {
            File.CreateSymbolicLink(SocketPath, obstacle == "link to itself" ? "s" : "aside");
        }

        return listener;
    }

    /// <summary>All that is in the directory, to be compared.</summary>
    private string[] Describe() => [.. _directory.EnumerateFileSystemInfos("*", SearchOption.AllDirectories).OrderBy(entry => entry.FullName, StringComparer.Ordinal)
        .Select(entry => $"{entry.FullName} {entry.Attributes} {entry.UnixFileMode} {entry.LinkTarget} {entry.LastWriteTimeUtc.Ticks}")];

    private async Task<Socket> ConnectAsync()
    {
        var client = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await client.ConnectAsync(new UnixDomainSocketEndPoint(SocketPath)).WaitAsync(Deadline);
        return client;
    }

    private async Task IsServedAsync(string scheme)
    {
        if (scheme == "unix")
        {
            using var client = await ConnectAsync();
            await IsServedAsync(client);
            return;
        }

        var name = $"{_directory.FullName}/{Guid.NewGuid():N}";
        using (var peer = Bind(name, SocketType.Dgram))
        {
            await peer.SendToAsync("a"u8.ToArray(), new UnixDomainSocketEndPoint(SocketPath)).WaitAsync(Deadline);
            Assert.Equal("1 a", await ReceiveAsync(peer, 3));
        }

        File.Delete(name);
    }

    private static async Task IsServedAsync(Socket client)
    {
        await client.SendAsync("a\n"u8.ToArray());
        Assert.EndsWith(" a\n", await ReceiveAsync(client, 4), StringComparison.Ordinal);
    }
}
