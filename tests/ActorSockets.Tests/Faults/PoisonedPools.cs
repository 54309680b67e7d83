using System.Buffers;
using ActorSockets.Connections;

namespace ActorSockets.Tests.Faults;

/// <summary>
/// Pools full of memory with a byte in it that no client sends, at the beginning and, by a thread that rents, fills and returns on and on, whenever
/// something comes back to them: what is used after it was returned shows, and what is sent without having been written.
/// </summary>
internal sealed class PoisonedPools : IDisposable
{
    public const byte Poison = 0xA5;

    private const int AtFirst = 64;
    private const int AtOnce = 4;

    private static readonly (ArrayPool<byte> Pool, int[] Sizes)[] Pools =
    [
        (BufferSegment.SmallArrays, [4 * 1024]),
        (BufferSegment.LargeArrays, [8 * 1024, 16 * 1024, 32 * 1024, 64 * 1024]),
        (WaitingDatagram.SmallBuffers, [16, 64, 256, 1024, 2048]),
        (ArrayPool<byte>.Shared, [256, 1024, 4096, 16 * 1024, 32 * 1024, 64 * 1024]),
    ];

    private readonly CancellationTokenSource _over = new();
    private readonly Thread _thread;

    /// <param name="ledger">Is told which arrays have the poison at first.</param>
    public PoisonedPools(PoolLedger ledger)
    {
        foreach (var kept in BufferSegment.Kept)
        {
            kept.AsSpan().Fill(Poison);
        }

        Pour(AtFirst, ledger);
        _thread = new Thread(PourOn) { IsBackground = true, Name = "poison" };
        _thread.Start();
    }

    public void Dispose()
    {
        _over.Cancel();
        _thread.Join();
        _over.Dispose();
    }

    private void PourOn()
    {
        while (!_over.Token.WaitHandle.WaitOne(TimeSpan.FromMilliseconds(1)))
        {
            Pour(AtOnce, null);
        }
    }

    private static void Pour(int count, PoolLedger? ledger)
    {
        foreach (var (pool, sizes) in Pools)
        {
            foreach (var size in sizes)
            {
                var arrays = Enumerable.Range(0, count).Select(_ => pool.Rent(size)).ToList();
                foreach (var array in arrays)
                {
                    array.AsSpan().Fill(Poison);
                    ledger?.Mark(array);
                    pool.Return(array);
                }
            }
        }
    }
}
