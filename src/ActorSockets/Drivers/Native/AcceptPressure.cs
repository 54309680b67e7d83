using System.Net.Sockets;
using ActorSockets.Servers;
using Akka.Event;

namespace ActorSockets.Drivers.Native;

/// <summary>
/// The back-off of all acceptors of the process while it is short of descriptors or memory, which they share: 10 ms,
/// doubled up to a second, with at most one log line a second.
/// </summary>
internal sealed class AcceptPressure
{
    public static readonly AcceptPressure Shared = new();

    private const int Shortest = 10;
    private const int Longest = 1000;

    private static readonly Exception Short = new IOException($"no more than {DescriptorReserve.Size} descriptors are left, which the program needs itself");

    private readonly Lock _gate = new();
    private volatile int _delay;
    private volatile bool _isShort;
    private long _nextLine;
    private int _acceptors;

    /// <summary>What was waited for last, in milliseconds; 0: nothing is short.</summary>
    public int Delay => _delay;

    /// <summary>One more accepts: it may have begun to when there is no more room, and then takes one descriptor of the reserve.</summary>
    public void Join() => Interlocked.Increment(ref _acceptors);

    /// <summary>One of them accepts no more.</summary>
    public void Leave() => Interlocked.Decrement(ref _acceptors);

    /// <summary>Waits for better times.</summary>
    public Task WaitAsync(ServerContext context, Endpoint endpoint, Exception cause)
    {
        lock (_gate)
        {
            _delay = Math.Clamp(_delay * 2, Shortest, Longest);
            var now = Environment.TickCount64;
            if (now >= _nextLine)
            {
                _nextLine = now + Longest;
                context.Log.Warning("[{0}] {1} cannot accept: {2}; tried again in {3} ms", context.Name, endpoint, cause.Message, _delay);
            }

            return Task.Delay(_delay);
        }
    }

    /// <summary>Waits while connections have all descriptors that they may have.</summary>
    public ValueTask WhenThereIsEnoughAsync(ServerContext context, Endpoint endpoint, CancellationToken stopping) =>
        _isShort ? new ValueTask(WaitForDescriptorsAsync(context, endpoint, stopping)) : ValueTask.CompletedTask;

    /// <summary>A connection was accepted: there is enough again, unless it has one of the last descriptors.</summary>
    public void Accepted(Socket socket)
    {
        _isShort = DescriptorReserve.IsTouchedBy(socket.SafeHandle, Volatile.Read(ref _acceptors));
        if (!_isShort)
        {
            Relieve();
        }
    }

    /// <summary>There is enough again.</summary>
    public void Relieve() => _delay = 0;

    private async Task WaitForDescriptorsAsync(ServerContext context, Endpoint endpoint, CancellationToken stopping)
    {
        while (_isShort && DescriptorReserve.IsTouched(Volatile.Read(ref _acceptors)) && !stopping.IsCancellationRequested)
        {
            await WaitAsync(context, endpoint, Short).ConfigureAwait(false);
        }

        _isShort = false;
    }
}
