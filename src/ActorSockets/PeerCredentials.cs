namespace ActorSockets;

/// <summary>Who is at the other end of a Unix connection, as the kernel knows it: the process that connected (<c>SO_PEERCRED</c>).</summary>
/// <param name="ProcessId">Its process; 0 where it is in another namespace.</param>
/// <param name="UserId">Its effective user.</param>
/// <param name="GroupId">Its effective group.</param>
public readonly record struct PeerCredentials(int ProcessId, uint UserId, uint GroupId);
