namespace ActorSockets;

/// <summary>Something that happened to a connection.</summary>
/// <param name="Kind">What.</param>
/// <param name="At">When, from <see cref="Connection.ConnectedAt"/> on, in milliseconds.</param>
/// <param name="Bytes">How many bytes were received or sent; 0 for all else. At most 16,777,215, also where it was more.</param>
public readonly record struct ConnectionEvent(ConnectionEventKind Kind, TimeSpan At, int Bytes);
