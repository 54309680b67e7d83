using System.Text;

namespace ActorSockets.Server.BuiltIn;

/// <summary>RFC 867 over datagrams: one line for any datagram.</summary>
internal sealed class DaytimeDatagrams : DatagramActor
{
    protected override void OnReceived(Datagram datagram) => datagram.Reply(Encoding.ASCII.GetBytes(DaytimeLine.Now()));
}
