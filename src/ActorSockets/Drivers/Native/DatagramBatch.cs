using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using ActorSockets.Connections;

namespace ActorSockets.Drivers.Native;

/// <summary>
/// Linux' datagrams, as many as are there by one call (<c>recvmmsg(2)</c>), each with the address of ours that it was sent to.
/// </summary>
internal sealed partial class DatagramBatch : DatagramSource, IPolled
{
    // Longer than any that Linux has.
    private const int LongestName = 128;

    private readonly SafeSocketHandle _handle;
    private readonly AsyncSignal _readable;
    private readonly PollLoop _loop = PollLoop.Next();
    private readonly int _key;

    // More than a peer's queue takes would be lost.
    private readonly int _most;
    private readonly int _size;

    // Pages that no datagram was long enough for are never touched, and cost nothing.
    private readonly byte[] _data;
    private readonly byte[] _names;
    private readonly byte[] _controls;
    private readonly MessageVector[] _vectors;
    private readonly Entry[] _entries;
    private readonly bool _tellsAsked;
    private bool _isEmpty;

    /// <param name="socket">Bound.</param>
    /// <param name="options">The server's.</param>
    /// <exception cref="IOException">The machine is short of descriptors.</exception>
    public unsafe DatagramBatch(Socket socket, SocketServerOptions options)
    {
        (_handle, _readable) = (socket.SafeHandle, new AsyncSignal(continuesElsewhere: !options.UsesEventLoop));
        _tellsAsked = PacketInformation.TryEnable(socket);

        // One byte more than is handled: a longer one is cut off there, and seen to be too long.
        _size = options.MaxDatagramSize + 1;
        _most = Math.Min(16, options.DatagramQueue);
        _data = GC.AllocateUninitializedArray<byte>(_most * _size, pinned: true);
        _names = GC.AllocateArray<byte>(_most * LongestName, pinned: true);
        _controls = GC.AllocateArray<byte>(_most * PacketInformation.LongestControl, pinned: true);
        _vectors = GC.AllocateArray<MessageVector>(_most, pinned: true);
        _entries = GC.AllocateArray<Entry>(_most, pinned: true);
        for (var index = 0; index < _most; index++)
        {
            _vectors[index] = new MessageVector { Start = Address(_data, index * _size), Length = _size };
            _entries[index].Header = new MessageHeader
            {
                Name = Address(_names, index * LongestName),
                Vectors = (MessageVector*)Marshal.UnsafeAddrOfPinnedArrayElement(_vectors, index),
                VectorCount = 1,
                Control = _tellsAsked ? Address(_controls, index * PacketInformation.LongestControl) : null,
            };
        }

        _key = _loop.Add(_handle, this);
    }

    public override int Most => _most;

    public override int TryReceive()
    {
        // Fewer than asked for: what has come since is told as an event of its own.
        if (_isEmpty)
        {
            return 0;
        }

        // Each time: the kernel writes over the lengths.
        foreach (ref var entry in _entries.AsSpan())
        {
            entry.Header.NameLength = LongestName;
            entry.Header.ControlLength = _tellsAsked ? PacketInformation.LongestControl : 0;
        }

        while (true)
        {
            var count = Receive(_handle, Marshal.UnsafeAddrOfPinnedArrayElement(_entries, 0), (uint)_most, MessageFlags.DoNotWait, 0);
            if (count > 0)
            {
                _isEmpty = count < _most;
                return count;
            }

            switch (Marshal.GetLastPInvokeError())
            {
                case Errno.TryAgain:
                    return 0;
                case Errno.Interrupted or Errno.NetworkUnreachable or Errno.ConnectionRefused or Errno.HostUnreachable:
                    // What became of a datagram that we have sent.
                    continue;
                case var error:
                    throw Errno.ToException(error);
            }
        }
    }

    public override ValueTask WaitAsync()
    {
        _isEmpty = false;
        return _readable.WaitAsync();
    }

    public override ReadOnlySpan<byte> Read(int index, SocketAddress sender, out LocalAddress asked)
    {
        ref readonly var entry = ref _entries[index];
        var name = _names.AsSpan(index * LongestName, Math.Min(entry.Header.NameLength, sender.Buffer.Length));
        name.CopyTo(sender.Buffer.Span);
        sender.Size = name.Length;
        asked = _tellsAsked ? PacketInformation.Read(_controls.AsSpan(index * PacketInformation.LongestControl, (int)entry.Header.ControlLength)) : default;
        return _data.AsSpan(index * _size, entry.Length);
    }

    public override void Leave() => _loop.Leave(_handle);

    public override void Dispose()
    {
        _loop.Remove(_key);

        // Who waits finds it closed.
        _readable.Set();
    }

    void IPolled.OnEvents(uint events) => _readable.Set();

    private static unsafe byte* Address(byte[] pinned, int index) => (byte*)Marshal.UnsafeAddrOfPinnedArrayElement(pinned, index);

    [LibraryImport("libc", EntryPoint = "recvmmsg", SetLastError = true)]
    private static partial int Receive(SafeSocketHandle socket, nint entries, uint count, int flags, nint timeout);

    /// <summary><c>struct mmsghdr</c>.</summary>
    private struct Entry
    {
        public MessageHeader Header;
        public int Length;
    }
}
