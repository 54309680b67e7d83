using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace ActorSockets.Drivers.Native;

/// <summary>Linux' <c>epoll(7)</c>, each descriptor once, told of each change (<c>EPOLLET</c>).</summary>
internal sealed partial class Epoll
{
    /// <summary>Something can be received, the end included.</summary>
    public const uint Readable = 0x1 | Urgent | HangUpOfPeer | Broken;

    /// <summary>Urgent data came (<c>MSG_OOB</c>): a receive ends at it, though there is more behind.</summary>
    public const uint Urgent = 0x2;

    /// <summary>Something can be sent, or that fails.</summary>
    public const uint Writable = 0x4 | Broken;

    /// <summary>Nothing more comes.</summary>
    public const uint Ended = HangUpOfPeer | Broken;

    private const uint Broken = 0x8 | 0x10;
    private const uint HangUpOfPeer = 0x2000;
    private const uint EdgeTriggered = 1u << 31;
    private const int CloseOnExec = 0x80000;
    private const int AddOperation = 1;
    private const int RemoveOperation = 2;
    private const int ChangeOperation = 3;

    // The kernel packs its struct there only.
    private static readonly int DataOffset = RuntimeInformation.ProcessArchitecture is Architecture.X64 or Architecture.X86 ? 4 : 8;

    private readonly SafeFileHandle _handle;

    /// <exception cref="IOException">The process is short of descriptors.</exception>
    public Epoll() => _handle = Create(CloseOnExec) is >= 0 and var descriptor
        ? new SafeFileHandle(descriptor, ownsHandle: true)
        : throw Failed("epoll_create1");

    private static int Stride => DataOffset + sizeof(ulong);

    /// <summary>Tells of a descriptor from now on, until it is closed.</summary>
    /// <param name="descriptor">The descriptor.</param>
    /// <param name="key">What its events are known by.</param>
    /// <exception cref="IOException">The machine has too many of them.</exception>
    public void Add(SafeHandle descriptor, int key) => Control(AddOperation, descriptor, key, Readable);

    /// <summary>Tells also when something can be sent.</summary>
    /// <inheritdoc cref="Add"/>
    public void AddWritable(SafeHandle descriptor, int key) => Control(ChangeOperation, descriptor, key, Readable | Writable);

    /// <summary>Tells no more of a descriptor, also where a duplicate keeps open what is behind it.</summary>
    public void Remove(SafeHandle descriptor)
    {
        Span<byte> nothing = stackalloc byte[Stride];
        try
        {
            // What is not there need not be removed.
            _ = Control(_handle, RemoveOperation, descriptor, nothing);
        }
        catch (ObjectDisposedException)
        {
            // Nor what was closed already.
        }
    }

    /// <summary>Waits for events.</summary>
    /// <param name="buffer">Room for them; kept by the caller, so that nothing is allocated.</param>
    /// <param name="events">What happened to whom.</param>
    /// <param name="waits">False: only those that are there already.</param>
    /// <returns>How many.</returns>
    public int Wait(byte[] buffer, (int Key, uint What)[] events, bool waits = true)
    {
        var count = Wait(_handle, buffer, Math.Min(events.Length, buffer.Length / Stride), waits ? -1 : 0);
        if (count < 0 && Marshal.GetLastPInvokeError() != Errno.Interrupted)
        {
            throw Failed("epoll_wait");
        }

        for (var index = 0; index < count; index++)
        {
            ref var entry = ref buffer[index * Stride];
            events[index] = ((int)Unsafe.ReadUnaligned<long>(ref Unsafe.Add(ref entry, DataOffset)), Unsafe.ReadUnaligned<uint>(ref entry));
        }

        return Math.Max(count, 0);
    }

    private void Control(int operation, SafeHandle descriptor, int key, uint what)
    {
        Span<byte> wanted = stackalloc byte[Stride];
        MemoryMarshal.Write(wanted, what | EdgeTriggered);
        MemoryMarshal.Write(wanted[DataOffset..], (long)key);
        if (Control(_handle, operation, descriptor, wanted) != 0)
        {
            throw Failed("epoll_ctl");
        }
    }

    private static IOException Failed(string call) => new($"{call}: {Marshal.GetLastPInvokeErrorMessage()}");

    [LibraryImport("libc", EntryPoint = "epoll_create1", SetLastError = true)]
    private static partial int Create(int flags);

    [LibraryImport("libc", EntryPoint = "epoll_ctl", SetLastError = true)]
    private static partial int Control(SafeHandle epoll, int operation, SafeHandle descriptor, ReadOnlySpan<byte> wanted);

    [LibraryImport("libc", EntryPoint = "epoll_wait", SetLastError = true)]
    private static partial int Wait(SafeHandle epoll, byte[] events, int most, int timeout);
}
