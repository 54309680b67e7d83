using System.Net.Sockets;
using System.Runtime.CompilerServices;
using ActorSockets.Connections;

namespace ActorSockets.Drivers.Native;

/// <summary>The kernel's queue of a listening socket, as a <see cref="PollLoop"/> sees it: connections are accepted on the loop's thread, but for the rest of a crowd, which is the thread pool's.</summary>
internal sealed class AcceptQueue : IPolled, IDisposable
{
    // Then those who were accepted get their turn.
    private const int AcceptsPerTurn = 64;

    private readonly AsyncSignal _filled;
    private readonly Socket _listening;
    private readonly PollLoop _loop = PollLoop.Next();
    private readonly int _key;
    private int _sinceLastWait;

    /// <param name="listening">Listens; it is the caller's to close, before this is disposed of.</param>
    /// <param name="isShared">Another process has it as well, or had it.</param>
    /// <param name="usesEventLoop">The loop's thread accepts; otherwise it only wakes up who does.</param>
    /// <exception cref="IOException">The machine is short of descriptors.</exception>
    public AcceptQueue(Socket listening, bool isShared, bool usesEventLoop)
    {
        (_listening, _filled) = (listening, new AsyncSignal(continuesElsewhere: !usesEventLoop));
        if (isShared)
        {
            // The other process may be quicker. Each connection takes it over, which costs time and memory: alone, nobody can be.
            listening.Blocking = false;
        }

        _key = _loop.Add(listening.SafeHandle, this);
    }

    /// <summary>Takes the next connection.</summary>
    /// <exception cref="SocketException">As <c>accept(2)</c>.</exception>
    /// <exception cref="ObjectDisposedException">The socket was closed.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<Socket> AcceptAsync()
    {
        if (++_sinceLastWait > AcceptsPerTurn)
        {
            _sinceLastWait = 0;
            await Task.Yield();
        }

        while (!_listening.Poll(0, SelectMode.SelectRead))
        {
            _sinceLastWait = 0;
            await _filled.WaitAsync().ConfigureAwait(false);
        }

        try
        {
            return _listening.Accept();
        }
        catch (ArgumentException exception)
        {
            // .NET has no room for the longest name that a client may have on Linux (a Unix socket's, 108 bytes).
            throw new IOException($"the client's name cannot be read: {exception.Message}", new SocketException((int)SocketError.ConnectionAborted));
        }
    }

    /// <summary>Before the socket is closed: no more is told of it, also where others keep it open.</summary>
    public void Leave() => _loop.Leave(_listening.SafeHandle);

    public void Dispose()
    {
        _loop.Remove(_key);
        _filled.Set();
    }

    void IPolled.OnEvents(uint events) => _filled.Set();
}
