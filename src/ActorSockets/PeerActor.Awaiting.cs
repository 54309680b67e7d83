using ActorSockets.Handlers;
using Akka.Actor;
using Akka.Dispatch;

namespace ActorSockets;

/// <content>Code that awaits: until it is done, the actor handles no other message.</content>
public abstract partial class PeerActor
{
    /// <summary>
    /// Declares what is done with messages of a type, by code that awaits; no other message is handled until it is done. A close or a
    /// switch that it asks for comes after it. It is not waited for when <c>drain-timeout</c> or <c>handler-timeout</c> is over: what it would have gone on
    /// with is then never run, so have it watch <see cref="Peer.Closed"/>. A failure is asked about as any other (<see cref="OnErrorAsync"/>).
    /// </summary>
    /// <typeparam name="T">The type of the messages.</typeparam>
    /// <param name="handler">What is done.</param>
    /// <param name="shouldHandle">Which of them are meant; null: all.</param>
    protected new void ReceiveAsync<T>(Func<T, Task> handler, Predicate<T>? shouldHandle = null) =>
        base.ReceiveAsync(Guard(handler), shouldHandle);

    /// <inheritdoc cref="ReceiveAsync{T}(Func{T, Task}, Predicate{T}?)"/>
    protected new void ReceiveAsync<T>(Predicate<T> shouldHandle, Func<T, Task> handler) =>
        base.ReceiveAsync(shouldHandle, Guard(handler));

    /// <inheritdoc cref="ReceiveAsync{T}(Func{T, Task}, Predicate{T}?)"/>
    /// <param name="messageType">The type of the messages.</param>
    /// <param name="handler">What is done.</param>
    /// <param name="shouldHandle">Which of them are meant; null: all.</param>
    protected new void ReceiveAsync(Type messageType, Func<object, Task> handler, Predicate<object>? shouldHandle = null) =>
        base.ReceiveAsync(messageType, Guard(handler), shouldHandle);

    /// <inheritdoc cref="ReceiveAsync(Type, Func{object, Task}, Predicate{object}?)"/>
    protected new void ReceiveAsync(Type messageType, Predicate<object> shouldHandle, Func<object, Task> handler) =>
        base.ReceiveAsync(messageType, shouldHandle, Guard(handler));

    /// <summary>Declares what is done with all messages that nothing before it is declared for, as <see cref="ReceiveAsync{T}(Func{T, Task}, Predicate{T}?)"/>.</summary>
    /// <param name="handler">What is done.</param>
    protected new void ReceiveAnyAsync(Func<object, Task> handler) => base.ReceiveAnyAsync(Guard(handler));

    private bool _hasFailed;

    /// <summary>True while code that awaits is not done, to stop which now would leave it where it is for ever, and when its failure is on its way.</summary>
    private protected bool IsAwaiting => _hasFailed || ((ActorCell)Context).TaskScheduler.CurrentMessage is not null;

    /// <summary>Does what must be awaited before the next message is handled; its failure is one of the actor.</summary>
    private protected void RunBeforeNextMessage(Func<Task> work) => ActorTaskScheduler.RunTask(() => GuardAsync(work));

    private Func<T, Task> Guard<T>(Func<T, Task> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return message => GuardAsync(() => handler(message));
    }

    private async Task GuardAsync(Func<Task> work)
    {
        var busy = OwnPeer as DatagramPeer;
        busy?.IsBusy = true;
        try
        {
            await work();
        }
        catch (Exception exception) when (IsFailure(exception))
        {
            _hasFailed = true;
            await ServerHooks.DecideAsync(OnErrorAsync, new ErrorContext(exception, Phase, OwnPeer));
            throw;
        }
        finally
        {
            busy?.IsBusy = false;

            // Whether it shall end, or another handler go on, is looked at now.
            OwnPeer.Signal();
        }
    }
}
