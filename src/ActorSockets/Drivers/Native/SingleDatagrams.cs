using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using ActorSockets.Connections;

namespace ActorSockets.Drivers.Native;

/// <summary>Datagrams one at a time, by .NET alone.</summary>
internal sealed class SingleDatagrams(Socket socket, SocketServerOptions options) : DatagramSource
{
    private readonly Memory<byte> _buffer = GC.AllocateUninitializedArray<byte>(options.MaxDatagramSize + 1);
    private readonly SocketAddress _sender = new(socket.AddressFamily);
    private ValueTask<int> _receiving;
    private int _length;
    private bool _hasWaited;

    public override int Most => 1;

    public override int TryReceive()
    {
        if (!_hasWaited)
        {
            _sender.Size = _sender.Buffer.Length;
            _receiving = socket.ReceiveFromAsync(_buffer, SocketFlags.None, _sender);
            if (!_receiving.IsCompleted)
            {
                return 0;
            }

            _length = _receiving.GetAwaiter().GetResult();
        }

        _hasWaited = false;
        return 1;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public override async ValueTask WaitAsync()
    {
        _length = await _receiving.ConfigureAwait(false);
        _hasWaited = true;
    }

    public override ReadOnlySpan<byte> Read(int index, SocketAddress sender, out LocalAddress asked)
    {
        asked = default;
        _sender.Buffer.CopyTo(sender.Buffer);
        sender.Size = _sender.Size;
        return _buffer.Span[.._length];
    }

    public override void Dispose()
    {
        // Who waits, waits by the socket.
    }
}
