namespace ActorSockets.Server.Tests.Plugin;

/// <summary>A handler that asks for what the program does not have.</summary>
public sealed class ClosedHandler : StreamRequestHandler
{
    private readonly string _answer;

    public ClosedHandler(string answer) => _answer = answer;

    protected override async Task HandleAsync() => await Connection.SendAsync(_answer);
}
