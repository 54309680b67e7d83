namespace ActorSockets.Server.BuiltIn;

/// <summary>RFC 862 over datagrams: each one back, also an empty one.</summary>
internal sealed class EchoDatagrams : DatagramActor
{
    protected override void OnReceived(Datagram datagram) => datagram.Reply(datagram.Data);
}
