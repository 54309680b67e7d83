namespace ActorSockets.Connections;

/// <summary><c>struct msghdr</c>.</summary>
internal unsafe struct MessageHeader
{
    public byte* Name;
    public int NameLength;
    public MessageVector* Vectors;
    public nint VectorCount;
    public byte* Control;
    public nint ControlLength;
    public int Flags;
}

/// <summary><c>struct iovec</c>.</summary>
internal unsafe struct MessageVector
{
    public byte* Start;
    public nint Length;
}
