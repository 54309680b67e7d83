using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Threading.RateLimiting;
using ActorSockets.Connections;
using ActorSockets.Diagnostics;
using ActorSockets.Servers;
using Akka.Actor;
using Akka.Event;

namespace ActorSockets.Drivers.Native;

/// <summary>What an accepted connection goes through until it is the server's: who it is, what a proxy says about it, whether there is room, its handshake.</summary>
/// <param name="endpoint">As it was bound.</param>
/// <param name="context">The server.</param>
/// <param name="setsOptions">Connections do not have their options from the listening socket.</param>
/// <param name="handshakes">Where connections are secured before they are the server's; null: they are not.</param>
/// <param name="server">Told of the connections.</param>
internal sealed class Entrance(Endpoint endpoint, ServerContext context, bool setsOptions, TlsHandshakes? handshakes, IActorRef server) : IDisposable
{
    private readonly AddressFilter? _proxies = context.Options.ExpectsProxyHeaders ? new AddressFilter(context.Options.ProxyProtocolTrusted, []) : null;
    private readonly ProxyHeaderReader? _headers = context.Options.ExpectsProxyHeaders ? new ProxyHeaderReader(context.Options.ProxyProtocolHeaderTimeout) : null;

    /// <summary>Before the next one is accepted: there is a place for what it must say first, and it does not come too fast.</summary>
    public async ValueTask WhenOneMoreMayComeAsync(CancellationToken stopping)
    {
        if (_headers is not null)
        {
            await _headers.WhenThereIsRoomAsync().ConfigureAwait(false);
        }

        if (handshakes is not null)
        {
            await handshakes.WhenThereIsRoomAsync().ConfigureAwait(false);
        }

        await context.Gate.WhenOneMoreMayComeAsync(stopping).ConfigureAwait(false);
    }

    /// <summary>Looks at one that was just accepted.</summary>
    /// <returns>Null where it is refused or gone.</returns>
    public Arrival? Examine(Socket socket)
    {
        var arrival = new Arrival(socket);
        try
        {
            if (setsOptions && socket.ProtocolType == ProtocolType.Tcp)
            {
                TcpSocketOptions.Apply(socket, context.Options);
            }

            // Behind a proxy everybody has the proxy's address until the header has come.
            return IsAllowed(arrival) && (_proxies is null ? MayEnter(ref arrival, null) : IsTrusted(arrival)) && IsConfigured(arrival) ? arrival : null;
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException or IOException)
        {
            Drop(arrival, "was gone at once", exception);
            return null;
        }
    }

    /// <summary>Brings it to the server, now or when it has said what it must say first.</summary>
    public void Admit(Arrival arrival)
    {
        ByteChannel? plain = null;
        try
        {
            plain = ByteChannel.Of(arrival.Socket, context.Options);
            if (_headers is null && handshakes is null)
            {
                Arrive(arrival, plain);
            }
            else
            {
                ListenFirstAsync(arrival, plain);
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException or IOException)
        {
            plain?.Dispose();
            Drop(arrival, "was gone at once", exception);
        }
    }

    public void Dispose()
    {
        handshakes?.Dispose();
        _headers?.Dispose();
    }

    private async void ListenFirstAsync(Arrival arrival, ByteChannel channel)
    {
        try
        {
            if (_headers is not null)
            {
                var (header, rest, failure) = await _headers.ReadAsync(arrival.Socket, channel).ConfigureAwait(false);
                if (header is null)
                {
                    Fail(arrival, RefusalReason.ProxyHeader, "the header of the PROXY protocol", failure);
                    return;
                }

                (arrival, channel) = (arrival with { Header = header with { Proxy = Transport.Plain(arrival.Socket.RemoteEndPoint!) } }, rest);
                if (!MayEnter(ref arrival, channel))
                {
                    return;
                }
            }

            if (handshakes is not null)
            {
                var (secured, failure) = await handshakes.ShakeAsync(arrival.Socket, channel).ConfigureAwait(false);
                if (secured is null)
                {
                    Fail(arrival, RefusalReason.TlsFailed, "the TLS handshake", failure);
                    return;
                }

                channel = secured;
            }

            Arrive(arrival, channel);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException or IOException)
        {
            channel.Dispose();
            Drop(arrival, "was gone after what came first", exception);
        }
        catch (Exception exception)
        {
            // An error of ours in the background costs this connection and nothing else.
            context.Log.Error(exception, "[{0}] {1}: what came first could not be dealt with: {2}", context.Name, endpoint, exception.Message);
            channel.Dispose();
            Drop(arrival, "was given up", exception);
        }
    }

    private bool IsAllowed(Arrival arrival)
    {
        if (arrival.Socket.AddressFamily == AddressFamily.Unix && context.Options.UnixAllowUids is { Count: > 0 } allowed
            && UnixCredentials.Of(arrival.Socket)?.UserId is var user && !(user is { } known && allowed.Contains(known)))
        {
            context.Limited.Write(LogLine.Refused, LogLevel.WarningLevel, null, "[{0}] refused user {1} on {2}: unix.allow-uids does not name it", context.Name, user?.ToString(CultureInfo.InvariantCulture) ?? "(unknown)", endpoint);
            Refuse(arrival, RefusalReason.NotAllowed);
            return false;
        }

        return true;
    }

    private bool IsTrusted(Arrival arrival)
    {
        if (_proxies!.LetsIn(arrival.Remote))
        {
            return true;
        }

        context.Log.Debug("[{0}] refused {1}: proxy-protocol.trusted does not name it", context.Name, arrival.Remote);
        Refuse(arrival, RefusalReason.NotTrusted);
        return false;
    }

    private bool MayEnter(ref Arrival arrival, ByteChannel? channel)
    {
        var gate = context.Gate;
        var refusal = gate.Enter(arrival.Remote, out var lease);
        arrival = arrival with { Gate = gate, Lease = lease };
        if (refusal is not { } reason)
        {
            return true;
        }

        if (handshakes is null && reason.IsForWantOfRoom())
        {
            // The server's farewell is for it.
            Arrive(arrival, channel ?? ByteChannel.Of(arrival.Socket, context.Options), reason);
        }
        else
        {
            context.Log.Debug("[{0}] refused {1}: {2}", context.Name, arrival.Remote, reason);
            Refuse(arrival, reason);
        }

        return false;
    }

    private bool IsConfigured(Arrival arrival)
    {
        if (context.Handlers.Hooks.TryConfigureSocket(arrival.Socket, out var failure))
        {
            return true;
        }

        context.Limited.Write(LogLine.EntranceFailed, LogLevel.ErrorLevel, failure, "[{0}] refused {1}: ConfigureSocket failed: {2}", context.Name, arrival.Socket.RemoteEndPoint, failure.Message);
        Refuse(arrival, RefusalReason.ConfigureFailed);
        return false;
    }

    private void Arrive(Arrival arrival, ByteChannel channel, RefusalReason? refusal = null) => context.Arrive(
        new ServerActor.Accepted(new SocketTransport(arrival.Socket, channel, context.Options, arrival.Header) { Gate = arrival.Gate, Lease = arrival.Lease }, endpoint, arrival.HasPlace, refusal), server);

    private void Fail(Arrival arrival, RefusalReason reason, string what, string? why)
    {
        context.Limited.Write(LogLine.EntranceFailed, LogLevel.InfoLevel, null, "[{0}] {1}: {2} failed: {3}", context.Name, endpoint, what, why);
        context.Counters.Refused(reason);
        GiveBack(arrival);
    }

    private void Drop(Arrival arrival, string why, Exception cause)
    {
        context.Log.Debug("[{0}] {1}: a connection {2}: {3}", context.Name, endpoint, why, cause.Message);
        arrival.Socket.Dispose();
        GiveBack(arrival);
    }

    private void Refuse(Arrival arrival, RefusalReason reason)
    {
        context.Counters.Refused(reason);
        if (!reason.IsForWantOfRoom())
        {
            arrival.Socket.ResetWhenClosed();
        }

        arrival.Socket.Dispose();
        GiveBack(arrival);
    }

    private void GiveBack(Arrival arrival)
    {
        arrival.Lease?.Dispose();
        if (arrival.HasPlace)
        {
            context.Admission.Release();
        }
    }

    /// <summary>One that was accepted, and what it holds until it is the server's.</summary>
    /// <param name="Socket">The connection's.</param>
    /// <param name="Gate">Where it has come in.</param>
    /// <param name="Lease">What it holds of its address.</param>
    /// <param name="HasPlace">It has one among <c>max-connections</c>.</param>
    /// <param name="Header">What its proxy says.</param>
    public readonly record struct Arrival(Socket Socket, AcceptGate? Gate = null, RateLimitLease? Lease = null, bool HasPlace = false, ProxyHeader? Header = null)
    {
        /// <summary>The client's address.</summary>
        public EndPoint Remote => Transport.Plain(Header?.Source ?? Socket.RemoteEndPoint!);
    }
}
