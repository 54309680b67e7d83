using System.Net.Sockets;

namespace ActorSockets.Tests;

/// <summary>Where a connection cannot go on by TLS (STARTTLS), or is not to after all.</summary>
public sealed class StartTlsMisuseTests : StartTlsTest
{
    [Fact]
    public async Task Who_gives_up_before_the_go_ahead_has_a_plain_connection_and_who_gives_up_afterwards_has_none()
    {
        using var giveUp = new CancellationTokenSource();
        var thrown = new TaskCompletionSource<Exception>();
        var server = await ServeAsync(async connection =>
        {
            await connection.ReadLineAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => connection.StartTlsAsync("go ahead\r\n", new CancellationToken(true)).AsTask());
            await connection.SendAsync("plain\r\n");
            await connection.ReadLineAsync();
            thrown.SetResult(await Record.ExceptionAsync(() => connection.StartTlsAsync("go ahead\r\n", giveUp.Token).AsTask()));
        });
        using var socket = await ConnectAsync(server, greeting: "");
        await ExchangeAsync(socket, "STARTTLS\r\n", "plain\r\n");
        await ExchangeAsync(socket, "STARTTLS\r\n", "go ahead\r\n");

        await giveUp.CancelAsync();

        Assert.IsAssignableFrom<OperationCanceledException>(await thrown.Task.WaitAsync(Deadline));
        await ClosedAsync(server, CloseReason.TlsFailed);
        await Assert.ThrowsAsync<SocketException>(() => ReceiveAsync(socket, 1));
    }

    [Fact]
    public async Task It_happens_once()
    {
        var meanwhile = new TaskCompletionSource<Exception>();
        var afterwards = new TaskCompletionSource<Exception>();
        var server = await ServeAsync(async connection =>
        {
            await connection.ReadLineAsync();
            var securing = connection.StartTlsAsync("go ahead\r\n");
            meanwhile.SetResult(await Record.ExceptionAsync(() => connection.StartTlsAsync("go ahead\r\n").AsTask()));
            await securing;
            afterwards.SetResult(await Record.ExceptionAsync(() => connection.StartTlsAsync("go ahead\r\n").AsTask()));
            await connection.SendAsync($"{await connection.ReadLineAsync()}\r\n");
        });
        using var socket = await ConnectAsync(server, greeting: "");
        await ExchangeAsync(socket, "STARTTLS\r\n", "go ahead\r\n");
        Assert.Equal("the connection is about to go on by TLS already", Assert.IsType<InvalidOperationException>(await meanwhile.Task.WaitAsync(Deadline)).Message);

        using var client = await ShakeAsync(socket);

        await ExchangeAsync(client, "NOOP\r\n", "NOOP\r\n");
        Assert.Equal("the connection has TLS already", Assert.IsType<InvalidOperationException>(await afterwards.Task).Message);
    }

    [Fact]
    public async Task A_connection_that_began_with_TLS_has_it_already()
    {
        var thrown = new TaskCompletionSource<Exception>();
        var server = await StartAsync(s => s.Listen("tls://127.0.0.1:0").UseTls(Configure)
            .Handle(async connection => thrown.SetResult(await Record.ExceptionAsync(() => connection.StartTlsAsync("go ahead\r\n").AsTask()))));
        using var client = await SecureAsync(server);

        Assert.Equal("the connection has TLS already", Assert.IsType<InvalidOperationException>(await thrown.Task.WaitAsync(Deadline)).Message);
    }

    [Fact]
    public async Task A_server_without_a_certificate_refuses_and_sends_nothing()
    {
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle(async connection =>
            await connection.SendAsync((await Record.ExceptionAsync(() => connection.StartTlsAsync("go ahead\r\n").AsTask())).Message)));
        using var socket = await ConnectAsync(server, greeting: "");

        Assert.Equal("the server has no certificate for TLS: set tls.certificate, or UseTls in code", await ReceiveToEndAsync(socket));
    }

    [Fact]
    public async Task An_output_that_was_completed_cannot_tell_anybody_to_go_ahead()
    {
        var thrown = new TaskCompletionSource<Exception>();
        var server = await ServeAsync(async connection =>
        {
            await connection.CompleteOutputAsync();
            thrown.SetResult(await Record.ExceptionAsync(() => connection.StartTlsAsync("go ahead\r\n").AsTask()));
        });
        using var socket = await ConnectAsync(server, greeting: "");

        Assert.Equal("", await ReceiveToEndAsync(socket));
        Assert.Contains("the output was completed", Assert.IsType<InvalidOperationException>(await thrown.Task.WaitAsync(Deadline)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_connection_that_has_ended_is_closed()
    {
        var thrown = new TaskCompletionSource<Exception>();
        var server = await ServeAsync(async connection =>
        {
            await connection.ReadLineAsync();
            connection.Abort();
            thrown.SetResult(await Record.ExceptionAsync(() => connection.StartTlsAsync("go ahead\r\n").AsTask()));
        });
        using var socket = await ConnectAsync(server, greeting: "");

        await socket.SendAsync("STARTTLS\r\n"u8.ToArray());

        Assert.Equal(CloseReason.LocalAborted, Assert.IsType<ConnectionClosedException>(await thrown.Task.WaitAsync(Deadline)).Reason);
    }

    [Fact]
    public async Task A_certificate_that_cannot_be_read_fails_the_start_of_a_plain_endpoint_by_its_key()
    {
        var error = await Assert.ThrowsAsync<EndpointBindException>(() => StartAsync(
            s => s.Listen("tcp://127.0.0.1:0").Handle<CounterActor>().Configure(o => o.TlsCertificate = "/nowhere.pem")));

        Assert.Contains("tls.certificate = /nowhere.pem", error.Message, StringComparison.Ordinal);
    }
}
