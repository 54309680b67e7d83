namespace ActorSockets.Server.BuiltIn;

/// <summary>RFC 863 over datagrams: takes everything, answers nothing.</summary>
internal sealed class DiscardDatagrams : DatagramActor
{
    protected override void OnReceived(Datagram datagram)
    {
    }
}
