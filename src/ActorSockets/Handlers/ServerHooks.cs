using System.Diagnostics.CodeAnalysis;
using System.Net.Security;
using System.Net.Sockets;
using ActorSockets.Diagnostics;
using Akka.Event;

namespace ActorSockets.Handlers;

/// <summary>What the user of a server wants to be asked, whatever the style of its handlers.</summary>
internal sealed class ServerHooks
{
    private readonly List<Func<Connection, ValueTask<bool>>> _connectionFilters = [];
    private readonly List<Func<Datagram, ValueTask<bool>>> _datagramFilters = [];
    private readonly List<TickHook> _ticks = [];
    private Func<ErrorContext, ValueTask<ErrorDirective>>? _onError;
    private Action<Socket>? _configureListenSocket;
    private Action<SslServerAuthenticationOptions>? _configureTls;
    private Action<Socket>? _configureSocket;

    /// <summary>What is done at regular times.</summary>
    public IReadOnlyList<TickHook> Ticks => _ticks;

    public void Add(Func<Connection, ValueTask<bool>> filter) => _connectionFilters.Add(filter);

    public void Add(Func<Datagram, ValueTask<bool>> filter) => _datagramFilters.Add(filter);

    public void Add(TickHook tick) => _ticks.Add(tick);

    public void AddListenSocketHook(Action<Socket> configure) => _configureListenSocket += configure;

    public void AddSocketHook(Action<Socket> configure) => _configureSocket += configure;

    public bool VerifiesConnections => _connectionFilters.Count > 0;

    /// <summary>Whether somebody wants to be asked about failures.</summary>
    public bool AsksOnError => _onError is not null;

    public void ConfigureListenSocket(Socket socket) => _configureListenSocket?.Invoke(socket);

    /// <returns>False where the hook has failed.</returns>
    public bool TryConfigureSocket(Socket socket, [NotNullWhen(false)] out Exception? failure)
    {
        failure = null;
        try
        {
            _configureSocket?.Invoke(socket);
        }
        catch (Exception exception)
        {
            failure = exception;
        }

        return failure is null;
    }

    /// <summary>Whether code says something about TLS.</summary>
    public bool ConfiguresTls => _configureTls is not null;

    public void AddTlsHook(Action<SslServerAuthenticationOptions> configure) => _configureTls += configure;

    public void ConfigureTls(SslServerAuthenticationOptions options) => _configureTls?.Invoke(options);

    public void Set(Func<ErrorContext, ValueTask<ErrorDirective>> onError) => _onError = onError;

    /// <summary>True when all filters let it pass; the first that does not is the last to be asked.</summary>
    public ValueTask<bool> VerifyAsync(Connection connection) =>
        _connectionFilters.Count == 0 ? ValueTask.FromResult(true) : AllAsync(_connectionFilters, connection);

    /// <inheritdoc cref="VerifyAsync(Connection)"/>
    public ValueTask<bool> VerifyAsync(Datagram datagram) =>
        _datagramFilters.Count == 0 ? ValueTask.FromResult(true) : AllAsync(_datagramFilters, datagram);

    public ValueTask<ErrorDirective> OnErrorAsync(ErrorContext error) =>
        _onError?.Invoke(error) ?? ValueTask.FromResult(ErrorDirective.ApplyPolicy);

    /// <summary>
    /// Asks what is done about a failure, and has its peer foresee it, so that the supervisor does that when the failure
    /// reaches it. A hook that fails itself closes the connection, and nothing else.
    /// </summary>
    /// <param name="hook">The handler's hook, or the server's.</param>
    /// <param name="error">The failure.</param>
    public static async ValueTask<Supervision.FailureAction> DecideAsync(Func<ErrorContext, ValueTask<ErrorDirective>> hook, ErrorContext error)
    {
        var failures = error.Peer.Failures;
        if (error is { Phase: HandlerPhase.Verify, Connection: { } connection })
        {
            connection.PendingReason = CloseReason.Rejected;
        }

        ErrorDirective directive;
        try
        {
            directive = await hook(error);
        }
        catch (Exception exception)
        {
            error.Peer.Context.Limited.Write(LogLine.OnErrorFailed, LogLevel.ErrorLevel, exception, "[{0}] OnErrorAsync failed: {1}; closed", error.Peer.Id, exception.Message);
            return failures.Foresee(error, ErrorDirective.Close, isDealtWith: false);
        }

        return failures.Foresee(error, directive, isDealtWith: directive != ErrorDirective.ApplyPolicy);
    }

    /// <summary>The answer of a verification. One that was cancelled, while its peer has not ended, has failed: it is no answer.</summary>
    public static async ValueTask<bool> TakeAnswerAsync(ValueTask<bool> verifying, Peer peer)
    {
        try
        {
            return await verifying;
        }
        catch (OperationCanceledException exception) when (peer.CloseReason is null)
        {
            throw new TimeoutException("the verification was cancelled", exception);
        }
    }

    private static async ValueTask<bool> AllAsync<T>(List<Func<T, ValueTask<bool>>> filters, T who)
    {
        foreach (var filter in filters)
        {
            if (!await filter(who))
            {
                return false;
            }
        }

        return true;
    }
}
