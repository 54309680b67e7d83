namespace ActorSockets.Server.Tests.Plugin;

/// <summary>Answers each line with the name of the thread that it came to, in <see cref="Length"/> characters.</summary>
public sealed class ThreadNameHandler : StreamRequestHandler
{
    public const int Length = 32;

    protected override async Task HandleAsync()
    {
        while (await Connection.ReadLineAsync() is not null)
        {
            await Connection.SendAsync($"{Thread.CurrentThread.Name}".PadRight(Length));
        }
    }
}
