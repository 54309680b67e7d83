namespace ActorSockets.Conformance.Host.Callbacks;

internal sealed class MadeRaises : JournaledCallbacks
{
    protected override void OnConnected()
    {
        base.OnConnected();
        throw new InvalidOperationException("as asked");
    }
}
