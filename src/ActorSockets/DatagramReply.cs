namespace ActorSockets;

/// <summary>When what a <see cref="DatagramRequestHandler"/> wrote to its <see cref="DatagramRequestHandler.Output"/> is sent.</summary>
public enum DatagramReply
{
    /// <summary>When the handler succeeded and wrote something.</summary>
    OnSuccess,

    /// <summary>Always, also an empty or a partial one after a failure of Handle (<c>socketserver.DatagramRequestHandler.finish</c>). A handler that answers nothing then answers everybody with an empty datagram.</summary>
    Always,
}
