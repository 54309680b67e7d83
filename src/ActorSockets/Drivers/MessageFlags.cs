namespace ActorSockets.Drivers;

/// <summary>Linux' flags of sending and receiving, as far as they are used here.</summary>
internal static class MessageFlags
{
    public const int Peek = 0x2;
    public const int ControlTruncated = 0x8;
    public const int DoNotWait = 0x40;
    public const int NoSignal = 0x4000;
}
