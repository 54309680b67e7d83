using ActorSockets.Diagnostics;
using ActorSockets.Drivers;
using Akka.Configuration;

namespace ActorSockets;

/// <summary>
/// Everything about a server but its endpoints and its handler. Each property is named as its configuration key below
/// <c>actor-sockets.servers.&lt;name&gt;</c>; the defaults come from <c>actor-sockets.defaults</c> in <c>reference.conf</c>.
/// A change takes effect when the server is started; <see cref="SocketServer.PrepareReload"/> changes one that runs.
/// </summary>
public sealed class SocketServerOptions
{
    /// <summary>
    /// <c>driver</c>: what gives the sockets: <c>akka-io</c> (Akka.IO, for <c>tcp</c> and <c>udp</c>), <c>native</c> (sockets of our own, for
    /// all endpoints), or <c>default</c>, which is the first of them that serves the endpoint. Default <c>default</c>.
    /// </summary>
    public string Driver { get; set; } = "default";

    /// <summary><c>dispatcher</c>: where handlers run. Default <see cref="ServerDispatcher.Default"/>.</summary>
    public ServerDispatcher Dispatcher { get; set; } = ServerDispatcher.Default;

    /// <summary>
    /// <c>restart { on-failure, max, within }</c>: what an exception in user code does. Default null:
    /// <see cref="RestartPolicy.Close"/> on stream endpoints, <see cref="RestartPolicy.Restart"/> for datagram peers.
    /// </summary>
    public RestartPolicy? Restart { get; set; }

    /// <summary>
    /// <c>restart.server-max</c>: how many restarts and resumes all connections and datagram peers together may have in <see cref="ServerRestartWithin"/>, whatever each of
    /// them may have; a failure more closes. −1: no limit. Default 10,000.
    /// </summary>
    public int ServerRestartMax { get; set; } = 10_000;

    /// <summary><c>restart.server-within</c>: the sliding window of <see cref="ServerRestartMax"/>. Default one minute.</summary>
    public TimeSpan ServerRestartWithin { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// <c>max-connections</c>: the most connections at a time, over all stream endpoints; never one more. Where the process may not have so many descriptors,
    /// the server takes as many as leave 5 % of them, and at least 64 that are free at its start, for everything else, and says so in the log. Those that still shake hands by TLS, or have
    /// not sent the header of the PROXY protocol, have no place yet, but with <see cref="Overflow.Wait"/>; of each kind there are at most 1,000 per endpoint. At most 10,000,000. Default 10,000.
    /// </summary>
    public int MaxConnections { get; set; } = 10_000;

    /// <summary>
    /// <c>max-connections-per-address</c>: the most connections at a time from one address, over all stream endpoints; of IPv6, from one network of 64 bits. One more is closed at once,
    /// after <c>reject-with</c> (<c>tls</c> endpoints: without it), and counted as <see cref="RefusalReason.AddressFull"/>; none waits, whatever <c>overflow</c> says. Unix sockets have no addresses. Default null (<c>off</c>): as many as there may be.
    /// </summary>
    public int? MaxConnectionsPerAddress { get; set; }

    /// <summary>
    /// <c>accept-rate</c>: the most connections that are accepted in a second, over all stream endpoints; after a quiet time a second's worth at once. One more is closed at once, after <c>reject-with</c> (<c>tls</c> endpoints: without it), and counted as
    /// <see cref="RefusalReason.TooFast"/>; with <see cref="Overflow.Wait"/> it waits in the kernel's queue (native driver only). Default null (<c>off</c>): as they come.
    /// </summary>
    public int? AcceptRate { get; set; }

    /// <summary>
    /// <c>allow</c>: the networks, such as <c>10.0.0.0/8</c>, <c>2001:db8::/32</c> or <c>::1</c>, whose connections and datagrams are taken. Others are reset, counted as
    /// <see cref="RefusalReason.NotAllowed"/>, or dropped, counted as <see cref="DropReason.NotAllowed"/>. Unix sockets have no addresses. Default: all.
    /// </summary>
    public IReadOnlyList<string> Allow { get; set; } = [];

    /// <summary><c>deny</c>: the networks whose connections and datagrams are not taken, also where <see cref="Allow"/> names them. Default: none.</summary>
    public IReadOnlyList<string> Deny { get; set; } = [];

    /// <summary><c>overflow</c>: what happens to one more. Default <see cref="Overflow.Reject"/>.</summary>
    public Overflow Overflow { get; set; } = Overflow.Reject;

    /// <summary><c>reject-with</c>: what a connection that is refused because the server is full is sent before it is closed. Default: nothing.</summary>
    public ReadOnlyMemory<byte> RejectWith { get; set; }

    /// <summary>
    /// <c>tls.certificate</c>: the file of the certificate that <c>tls:</c> endpoints show, and the native driver's plain ones for <see cref="Connection.StartTlsAsync(ReadOnlyMemory{byte}, CancellationToken)"/>: PEM, with those that it is signed by after it, or PKCS#12
    /// (<c>.pfx</c>, <c>.p12</c>). Default empty: the first of <see cref="TlsCertificates"/> takes its place, or <see cref="SocketServerBuilder.UseTls"/>
    /// says it. A changed file is taken up by <see cref="TlsReloadInterval"/>, here and in all options of TLS that name a file.
    /// </summary>
    public string TlsCertificate { get; set; } = "";

    /// <summary><c>tls.key</c>: the file of its key, PEM. Default empty: it stands in the certificate's file.</summary>
    public string TlsKey { get; set; } = "";

    /// <summary>
    /// <c>tls.password-file</c>: a file whose first line is the password of the PKCS#12, or of the key if that is encrypted (PKCS#8). Default empty: there is none.
    /// </summary>
    public string TlsPasswordFile { get; set; } = "";

    /// <summary>
    /// <c>tls.certificates</c>: more certificates, each for the names in it (<c>subjectAltName</c>; <c>*.example.org</c> is for one label). A client is shown the one with the
    /// name that it asks for (SNI): a name of its own comes before a <c>*</c>, and the first with a name has it. Who asks for another name, or for none, is shown
    /// <see cref="TlsCertificate"/>, or the first of these without it. Default empty.
    /// </summary>
    public IReadOnlyList<TlsCertificateFiles> TlsCertificates { get; set; } = [];

    /// <summary>
    /// <c>tls.alpn</c>: the protocols that the server can agree on with a client by ALPN, the preferred one first; a client that offers none of them is refused,
    /// and one that does not take part is served. <see cref="TlsDetails.ApplicationProtocol"/> tells the outcome. Default empty: the server does not take part.
    /// </summary>
    public IReadOnlyList<string> TlsAlpn { get; set; } = [];

    /// <summary><c>tls.client-ca</c>: the file of the authorities, PEM, that clients' certificates must be signed by. Default empty: those that the machine trusts.</summary>
    public string TlsClientCa { get; set; } = "";

    /// <summary><c>tls.require-client-certificate</c>: a client without a certificate that is trusted is refused. Default false; with <c>tls.client-ca</c> one is asked for all the same, and must be trusted if it is shown.</summary>
    public bool TlsRequireClientCertificate { get; set; }

    /// <summary><c>tls.handshake-timeout</c>: how long a handshake may take. Default 10 seconds.</summary>
    public TimeSpan TlsHandshakeTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// <c>tls.reload-interval</c>: how often the files of TLS are looked at. What has changed is in force for handshakes from then on; connections go on as they are.
    /// What cannot be used is in the log as a warning, once, and what was there before stays in force. Default 10 seconds; null (<c>off</c>): never, but by
    /// <see cref="SocketServer.ReloadCertificatesAsync"/>.
    /// </summary>
    public TimeSpan? TlsReloadInterval { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// <c>unix.mode</c>: the mode of a Unix socket's file; who may write may connect. It is in force before anybody can. One that lets everybody write is refused at start, unless
    /// <see cref="UnixAllowUids"/> or <see cref="UnixAllowEverybody"/> says who may. Default 0600.
    /// </summary>
    public UnixFileMode UnixMode { get; set; } = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary><c>unix.allow-uids</c>: the users whose connections over a Unix socket are taken, by number; others are refused, counted as <see cref="RefusalReason.NotAllowed"/>. Default empty: all who may connect.</summary>
    public IReadOnlyList<uint> UnixAllowUids { get; set; } = [];

    /// <summary><c>unix.allow-everybody</c>: <see cref="UnixMode"/> may let every user of the machine write. Default false.</summary>
    public bool UnixAllowEverybody { get; set; }

    /// <summary><c>backlog</c>: connections that the kernel keeps for an endpoint until they are accepted (<c>request_queue_size</c>, which is 5); the kernel cuts it to its own maximum. At most 65,535. Default 4,096.</summary>
    public int Backlog { get; set; } = 4096;

    /// <summary>
    /// <c>listeners</c>: the sockets of each <c>tcp</c> and <c>tls</c> endpoint. Each has a queue of its own and accepts on its own; the kernel deals new clients out to them
    /// (<c>SO_REUSEPORT</c>). No other server shares the port for that. Linux and the native driver only. Default 1; at most 256.
    /// </summary>
    public int Listeners { get; set; } = 1;

    /// <summary>
    /// <c>reuse-port</c>: other processes of the same user that set it too may listen on the same port at the same time (<c>SO_REUSEPORT</c>), as in a rolling restart; the kernel deals new
    /// clients out to all of them. Those that wait in the kernel's queue of a process which stops are reset. <c>tcp</c>, <c>tls</c> and <c>udp</c> endpoints of the native driver on
    /// Linux only. Default false: a port that another server has is an error.
    /// </summary>
    public bool ReusePort { get; set; }

    /// <summary><c>idle-timeout</c>: nothing arrived for this long; what we send does not count. Default 5 minutes; null (<c>off</c>): never.</summary>
    public TimeSpan? IdleTimeout { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary><c>first-byte-timeout</c>: the other side sent nothing at all for this long after it had connected. At most <c>idle-timeout</c>. Default null (<c>off</c>): never, as there are protocols where clients only read.</summary>
    public TimeSpan? FirstByteTimeout { get; set; }

    /// <summary><c>read-timeout</c>: a read of a request handler waits this long for bytes (<c>socketserver.StreamRequestHandler.timeout</c>); see <see cref="Connection.ReadTimeout"/>. At most <c>handler-timeout</c>. Default null (<c>off</c>): never.</summary>
    public TimeSpan? ReadTimeout { get; set; }

    /// <summary><c>frame-timeout</c>: a line or frame had begun and was not complete after this long, however many bytes came: in a <see cref="ConnectionActor"/>, and in <c>ReadLineAsync</c>, <c>ReadUntilAsync</c>, <c>ReadFrameAsync</c> and their like; who takes bytes from <see cref="Connection.Input"/> knows alone what a frame is. Default null (<c>off</c>): never.</summary>
    public TimeSpan? FrameTimeout { get; set; }

    /// <summary>
    /// <c>max-frame</c>: the most bytes, without what delimits it, that a line or frame of a connection may have where the handler does not say how many: in <c>ReadLineAsync</c>, <c>ReadLinesAsync</c> and <c>ReadUntilAsync</c>, and with
    /// <see cref="FrameReader.Lines"/> in a <see cref="ConnectionActor"/> and in <c>ReadFrameAsync</c>. More is a <see cref="FrameTooLargeException"/>. At least 1, and at most <c>actor-sockets.memory-budget</c> where that is not <c>default</c>. Default 64 KiB.
    /// </summary>
    public int MaxFrame { get; set; } = FrameReader.DefaultMaxLineLength;

    /// <summary><c>handler-timeout</c>: a request handler served one connection, or one datagram, for this long; for a <see cref="ConnectionActor"/>, the connection lived for this long. Default null (<c>off</c>): never.</summary>
    public TimeSpan? HandlerTimeout { get; set; }

    /// <summary><c>half-open-timeout</c>: the other side has finished sending, everything is sent to it, and the handler has neither sent anything nor closed for this long. Default 1 minute; null (<c>off</c>): never.</summary>
    public TimeSpan? HalfOpenTimeout { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// <c>proxy-protocol.enabled</c>: each connection begins with a header of the PROXY protocol, version 1 or 2, before TLS; see <see cref="Connection.ProxyHeader"/>.
    /// <see cref="Allow"/>, <see cref="Deny"/> and <see cref="MaxConnectionsPerAddress"/> are about the client's address then. The native driver only. False: such a header is data like any other.
    /// Default null (<c>default</c>): true where <see cref="ProxyProtocolTrusted"/> names somebody.
    /// </summary>
    public bool? ProxyProtocol { get; set; }

    /// <summary>
    /// <c>proxy-protocol.trusted</c>: the networks of the proxies, such as <c>10.0.0.0/8</c> or <c>::1</c>, of which there must be one; they switch the protocol on unless <see cref="ProxyProtocol"/> is false. A network of everybody (<c>0.0.0.0/0</c>, <c>::/0</c>) is refused, as anybody could say any address. Who comes from elsewhere is reset, counted as <see cref="RefusalReason.NotTrusted"/>. To Unix sockets
    /// whoever may connect is a proxy. Default: none.
    /// </summary>
    public IReadOnlyList<string> ProxyProtocolTrusted { get; set; } = [];

    /// <summary><c>proxy-protocol.header-timeout</c>: how long the header may take; then the connection is reset, counted as <see cref="RefusalReason.ProxyHeader"/>. Default 5 seconds.</summary>
    public TimeSpan ProxyProtocolHeaderTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// <c>min-rate</c>: bytes a second. A line or frame that has been under way for 5 seconds, and has come more slowly than this on the average, ends the connection with
    /// <see cref="CloseReason.MinRate"/>. It holds where <see cref="FrameTimeout"/> does. Default null (<c>off</c>): as slow as it likes.
    /// </summary>
    public int? MinRate { get; set; }

    /// <summary><c>tcp.keep-alive</c>: nothing came from the other side for this long: its kernel is asked whether it is there still (<c>SO_KEEPALIVE</c>, <c>TCP_KEEPIDLE</c>), in whole seconds. Default 1 minute; null (<c>off</c>): never.</summary>
    public TimeSpan? KeepAlive { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary><c>tcp.keep-alive-interval</c>: the time between two such questions, in whole seconds (<c>TCP_KEEPINTVL</c>). Default 10 seconds.</summary>
    public TimeSpan KeepAliveInterval { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary><c>tcp.keep-alive-count</c>: so many of them without an answer, and the other side is lost: <see cref="CloseReason.PeerLost"/> (<c>TCP_KEEPCNT</c>); where <see cref="UserTimeout"/> is set, that decides instead. Default 3.</summary>
    public int KeepAliveCount { get; set; } = 3;

    /// <summary>
    /// <c>tcp.user-timeout</c>: what was sent, or asked, has not been acknowledged by the other side's kernel for this long: it is lost, <see cref="CloseReason.PeerLost"/>
    /// (<c>TCP_USER_TIMEOUT</c>, Linux). Default 90 seconds; null (<c>off</c>): after some 15 minutes, as the kernel has it.
    /// </summary>
    public TimeSpan? UserTimeout { get; set; } = TimeSpan.FromSeconds(90);

    /// <summary>
    /// <c>tcp.send-buffer</c>: what the kernel keeps of one connection for the other side, in bytes, beside <see cref="WriteLimit"/> (<c>SO_SNDBUF</c>); it cuts this to its own maximum, and takes as much again
    /// for itself. Default 256 KiB; null (<c>off</c>): it grows as the kernel has it, to some MiB.
    /// </summary>
    public int? SendBuffer { get; set; } = 256 * 1024;

    /// <summary><c>drain-timeout</c>: how long handlers may take to finish when the server stops. Default 15 seconds.</summary>
    public TimeSpan DrainTimeout { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>
    /// <c>drain-spread</c>: when the server stops, idle connections are closed one after the other within this time, in no particular order, with <see cref="CloseReason.ServerStopping"/>, so that their clients do not all
    /// come back to another server at once; one that is busy is closed when it is idle. At most <c>drain-timeout</c>. Default 0: they are left to their handlers, which are told of the stop, until <c>drain-timeout</c>.
    /// </summary>
    public TimeSpan DrainSpread { get; set; }

    /// <summary><c>linger-timeout</c>: how long a closed connection still reads, and throws away, what the other side sends, so that no reset destroys what we sent last. Until then it keeps its place among <c>max-connections</c>. Default 1 second.</summary>
    public TimeSpan LingerTimeout { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary><c>input.window</c>: with so many bytes that the handler has not looked at, no more is read (one read takes up to 64 KiB); also the most that a <see cref="ConnectionActor"/> without a frame reader may leave for later. Default 64 KiB.</summary>
    public int InputWindow { get; set; } = 64 * 1024;

    /// <summary><c>output.high-water</c>: above so many unsent bytes a flush waits and a <see cref="ConnectionActor"/> gets no input. Default 64 KiB.</summary>
    public int OutputHighWater { get; set; } = 64 * 1024;

    /// <summary><c>output.low-water</c>: at so few unsent bytes they go on. Default 16 KiB.</summary>
    public int OutputLowWater { get; set; } = 16 * 1024;

    /// <summary><c>write-limit</c>: above so many unsent bytes the connection is reset as a slow consumer; at least <c>output.high-water</c> and an <c>input.window</c> together, and at most <c>actor-sockets.memory-budget</c>, where that is not <c>default</c>. Default 1 MiB.</summary>
    public int WriteLimit { get; set; } = 1024 * 1024;

    /// <summary><c>write-stall-timeout</c>: the other side took nothing for this long while something was to be sent. Default 10 seconds.</summary>
    public TimeSpan WriteStallTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary><c>datagram.max-peers</c>: the most datagram peers of one endpoint at a time; the first datagram of one more is dropped. At most 1,000,000. Default 10,000.</summary>
    public int MaxPeers { get; set; } = 10_000;

    /// <summary><c>datagram.peer-timeout</c>: a peer ends when no datagram of it came for this long. Default 1 minute.</summary>
    public TimeSpan PeerTimeout { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary><c>datagram.queue</c>: datagrams of one peer that may wait; the newest is dropped when they are more. At most 65,536. Default 128.</summary>
    public int DatagramQueue { get; set; } = 128;

    /// <summary><c>datagram.buffer</c>: bytes of datagrams that may wait, over all peers of one endpoint; the newest is dropped when they are more. At most <c>actor-sockets.memory-budget</c>, where that is not <c>default</c>. Default 16 MiB.</summary>
    public int DatagramBuffer { get; set; } = 16 * 1024 * 1024;

    /// <summary><c>datagram.max-size</c>: the longest datagram that is handled, in bytes; longer ones are dropped and counted, never cut off (<c>socketserver.UDPServer.max_packet_size</c>, which is 8,192 and truncates). Default 65,507: all that IPv4 carries.</summary>
    public int MaxDatagramSize { get; set; } = 65_507;

    /// <summary><c>datagram.reply</c>: when what a <see cref="DatagramRequestHandler"/> wrote is sent. Default <see cref="DatagramReply.OnSuccess"/>.</summary>
    public DatagramReply DatagramReply { get; set; } = DatagramReply.OnSuccess;

    /// <summary><c>datagram.broadcast</c>: <see cref="DatagramPeer.SendTo"/> may send to broadcast addresses, on <c>udp:</c> endpoints. Default false. What others send to them arrives all the same, at endpoints that listen on all addresses.</summary>
    public bool Broadcast { get; set; }

    /// <summary>
    /// <c>datagram.multicast.groups</c>: the multicast groups, IPv4 and IPv6 addresses, that each <c>udp:</c> endpoint joins when it is bound. It must listen on
    /// all addresses of that family (<c>[::]</c> has both) or on the group itself, and a server with a <c>unixgram:</c> endpoint can have none. Default: none.
    /// </summary>
    public IReadOnlyList<string> MulticastGroups { get; set; } = [];

    /// <summary><c>datagram.multicast.interface</c>: the name of the network interface, such as <c>eth0</c>, where groups are joined and datagrams to groups are sent. Default empty: the kernel chooses.</summary>
    public string MulticastInterface { get; set; } = "";

    /// <summary><c>datagram.multicast.ttl</c>: how many networks datagrams to groups go through, 0 (none) to 255. Default 1: they stay in this one.</summary>
    public int MulticastTtl { get; set; } = 1;

    /// <summary><c>datagram.multicast.loopback</c>: datagrams to groups are received on this machine as well, by the server itself too if it has joined. Default true.</summary>
    public bool MulticastLoopback { get; set; } = true;

    /// <summary><c>rebind.min-backoff</c>: the pause before an endpoint that was lost is bound again; it doubles with each failure. Default 100 milliseconds.</summary>
    public TimeSpan MinRebindBackoff { get; set; } = TimeSpan.FromMilliseconds(100);

    /// <summary><c>rebind.max-backoff</c>: the longest such pause. Default 10 seconds.</summary>
    public TimeSpan MaxRebindBackoff { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>The restart policy that holds on an endpoint: <see cref="Restart"/>, or the default of the endpoint's kind.</summary>
    /// <param name="endpoint">The endpoint.</param>
    public RestartPolicy PolicyFor(Endpoint endpoint)
    {
        ArgumentNullException.ThrowIfNull(endpoint);
        return Restart ?? (endpoint.IsDatagram ? RestartPolicy.Restart() : RestartPolicy.Close);
    }

    /// <summary>The dispatcher that holds for a server: <see cref="Dispatcher"/>, or what <see cref="ServerDispatcher.Default"/> is at this moment.</summary>
    /// <param name="endpoints">Where the server listens.</param>
    /// <exception cref="ConfigurationException"><see cref="Driver"/> cannot listen on one of them.</exception>
    public ServerDispatcher FindDispatcher(IEnumerable<Endpoint> endpoints)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        return Dispatcher != ServerDispatcher.Default ? Dispatcher
            : EventLoop.IsEnabled && endpoints.All(endpoint => DriverCatalog.Find(Driver, endpoint).HasOwnLoop) ? ServerDispatcher.EventLoop
            : ServerDispatcher.ThreadPool;
    }

    /// <summary>1 at a server's start; one more with each reload that has changed something.</summary>
    internal int Version { get; set; } = 1;

    internal SocketServerOptions Clone() => (SocketServerOptions)MemberwiseClone();

    /// <summary>What each fault costs by these options: what is lost, who is told, how long it takes. For people to read.</summary>
    /// <param name="endpoints">Where the server listens.</param>
    public IReadOnlyList<FaultRow> Explain(IReadOnlyList<Endpoint> endpoints)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        return FaultMatrix.For(this, endpoints);
    }

    /// <summary>True where each connection begins with a header of the PROXY protocol.</summary>
    internal bool ExpectsProxyHeaders => ProxyProtocol ?? ProxyProtocolTrusted.Count > 0;

    /// <summary>True where handlers run on the threads that bytes arrive on; known once the server is built.</summary>
    internal bool UsesEventLoop => Dispatcher == ServerDispatcher.EventLoop;
}
