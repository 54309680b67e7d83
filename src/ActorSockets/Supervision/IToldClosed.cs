namespace ActorSockets.Supervision;

/// <summary>A handler that is told when its connection or peer has ended.</summary>
internal interface IToldClosed
{
    void TellClosed(CloseReason reason);
}
