using ActorSockets.Configuration;
using ActorSockets.Servers;

namespace ActorSockets;

/// <content>What changes while it runs.</content>
public sealed partial class SocketServer
{
    /// <summary>A copy of the options that were asked for last: at the start, or by a reload.</summary>
    public SocketServerOptions Options => _builder.Options.Clone();

    /// <summary>The version of the options that are in force: 1 at the start, one more with each reload that has changed something. They are one snapshot: no actor sees half of a reload, and one that is made again has those in force.</summary>
    public int OptionsVersion => (_current?.Context.Options ?? _builder.Options).Version;

    /// <summary>
    /// Changes the options while the server runs; live connections go on. What takes effect at once, what with new connections and what at the next start only is in the README.
    /// Where they are wrong, nothing changes. An actor that is made again has the options that are in force.
    /// </summary>
    /// <param name="options">All options, not only those that change.</param>
    /// <returns>What will change; nothing does until it is applied.</returns>
    /// <exception cref="Akka.Configuration.ConfigurationException">An option is wrong; the message names it.</exception>
    public OptionsReload PrepareReload(SocketServerOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var next = _builder.With(options);
        if (_current is not { } current || State is ServerState.New or ServerState.Stopped)
        {
            return new OptionsReload([], [], () => _builder = next);
        }

        OptionEffects.Merge(current.Context.Options, next.Options, out var changed, out var later);
        return new OptionsReload(changed, later, () =>
        {
            _builder = next;
            current.Context.Reload(next.Options);
            current.Tell(ServerActor.Reloaded.Instance);
        });
    }

    /// <summary>
    /// Reads the files of TLS again and asks <see cref="SocketServerBuilder.UseTls"/> again, whether something has changed or not, without waiting for
    /// <c>tls.reload-interval</c>. It is in force for handshakes from then on; connections go on as they are. Nothing happens where the server is not bound or has no
    /// certificate for a stream endpoint of the native driver.
    /// </summary>
    /// <returns>A task that completes when it is in force.</returns>
    /// <exception cref="Akka.Configuration.ConfigurationException">A file cannot be used; the message names its key and path. What was there before stays in force.</exception>
    /// <exception cref="Exception">That of <see cref="SocketServerBuilder.UseTls"/>. What was there before stays in force.</exception>
    public Task ReloadCertificatesAsync() => State is ServerState.Bound or ServerState.Serving or ServerState.Suspended
        ? Task.Run(_current!.Context.Tls.Reload)
        : Task.CompletedTask;
}
