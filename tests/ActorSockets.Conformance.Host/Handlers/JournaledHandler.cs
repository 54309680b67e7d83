using ActorSockets.Conformance.Host.Protocol;

namespace ActorSockets.Conformance.Host.Handlers;

/// <summary>A request handler that notes its calls.</summary>
internal abstract class JournaledHandler : StreamRequestHandler
{
    protected override ValueTask<bool> VerifyAsync()
    {
        Journal.Write("verify");
        return base.VerifyAsync();
    }

    protected sealed override Task SetupAsync()
    {
        Journal.Write("setup");
        return Task.CompletedTask;
    }

    protected sealed override Task HandleAsync()
    {
        Journal.Write("handle");
        return ServeAsync();
    }

    protected sealed override Task FinishAsync()
    {
        Journal.Write("finish");
        return Task.CompletedTask;
    }

    protected override ValueTask<ErrorDirective> OnErrorAsync(ErrorContext context)
    {
        Journal.Write("error", ("error", context.Exception.GetType().Name));
        return base.OnErrorAsync(context);
    }

    protected sealed override void OnClosed(CloseReason reason) => Journal.Write("closed", ("reason", reason.ToString()));

    protected abstract Task ServeAsync();
}
