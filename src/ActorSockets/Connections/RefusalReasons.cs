namespace ActorSockets.Connections;

/// <summary>What the reasons of refusals have in common.</summary>
internal static class RefusalReasons
{
    /// <summary>
    /// Later it might have been taken: it is told <c>reject-with</c> and the end of the stream. Others are reset, as the kernel does with what is in its
    /// queue, so that no client takes the end of the stream for an empty answer.
    /// </summary>
    public static bool IsForWantOfRoom(this RefusalReason reason) => reason is RefusalReason.ServerFull or RefusalReason.AddressFull or RefusalReason.TooFast or RefusalReason.MemoryBudget;
}
