namespace ActorSockets.Server.Tests.Faults;

/// <summary>What can go wrong, as <c>shim/faults.h</c> counts it: the system calls that .NET and the program make, and the wall clock.</summary>
internal enum FaultCall
{
    Accept4 = 1,
    Recv,
    RecvMsg,
    Send,
    SendMsg,
    Clock,

    /// <summary><c>write</c> to standard output.</summary>
    Print,
}
