using System.Buffers;
using System.Text;

namespace ActorSockets.Tests.LifeCycle;

/// <summary>What the journaling handlers of one schedule share.</summary>
internal sealed class Script(Schedule schedule, Journal journal)
{
    private int _setups;

    public Journal Journal => journal;

    public bool HookTakesItsTime => schedule.HookTakesItsTime;

    public async ValueTask<bool> VerifyAsync(Connection connection)
    {
        journal.Note(connection, "verify");
        if (schedule.Verify != Answer.Yes)
        {
            journal.Note(connection, schedule.Verify == Answer.No ? "rejected" : "verify failed");
        }

        if (schedule.HookTakesItsTime)
        {
            await Task.Yield();
        }

        return schedule.Verify == Answer.Throw ? throw new InvalidOperationException("verify") : schedule.Verify == Answer.Yes;
    }

    public async ValueTask<ErrorDirective> OnErrorAsync(ErrorContext context)
    {
        journal.Note(context.Connection!, "error");
        if (schedule.HookTakesItsTime)
        {
            await Task.Yield();
        }

        return schedule.Directive;
    }

    public bool NextSetupFails() => Interlocked.Increment(ref _setups) <= schedule.FailingSetups;

    /// <summary>Reads lines and does what they say, as a request handler or delegate.</summary>
    public async Task HandleAsync(Connection connection, Action<string>? note = null)
    {
        journal.Note(connection, "handle");
        try
        {
            await foreach (var line in connection.ReadLinesAsync())
            {
                note?.Invoke($"{line}");
                switch ($"{line}")
                {
                    case "crash":
                        throw new InvalidOperationException("asked to");
                    case "switch":
                        await connection.SwitchHandlerAsync(() => new JournalingActor(this));
                        journal.Note(connection, "handled");
                        return;
                    default:
                        await connection.SendAsync($"{line}\n");
                        break;
                }
            }
        }
        catch
        {
            journal.Note(connection, "handle failed");
            throw;
        }

        journal.Note(connection, "handled");
    }
}

internal sealed class JournalingHandler(Script script) : StreamRequestHandler
{
    private bool _finishFails;

    protected internal override Task SetupAsync()
    {
        script.Journal.Note(Connection, "setup");
        if (script.NextSetupFails())
        {
            script.Journal.Note(Connection, "setup failed");
            throw new InvalidOperationException("setup");
        }

        return Task.CompletedTask;
    }

    protected internal override Task HandleAsync() => script.HandleAsync(Connection, line => _finishFails |= line == "crash finish");

    protected internal override Task FinishAsync()
    {
        script.Journal.Note(Connection, "finish");
        if (_finishFails)
        {
            script.Journal.Note(Connection, "finish failed");
            throw new InvalidOperationException("finish");
        }

        return Task.CompletedTask;
    }

    protected internal override void OnClosed(CloseReason reason) => script.Journal.Note(Connection, LifeCycleModel.Closed);
}

internal sealed class JournalingActor : ConnectionActor
{
    private readonly Script _script;

    public JournalingActor(Script script)
        : base(FrameReader.Lines())
    {
        _script = script;
        Receive<string>(text => Note("told", () => Connection.Output.Write(Encoding.UTF8.GetBytes($"{text}\n"))));
        Receive<Exception>(exception => Fail("told", "tell failed"));
    }

    protected override void OnConnected()
    {
        Note("connected");
        if (_script.NextSetupFails())
        {
            Note("connect failed");
            throw new InvalidOperationException("connect");
        }
    }

    protected override void OnFrame(in ReadOnlySequence<byte> frame)
    {
        var text = Encoding.UTF8.GetString(frame);
        switch (text)
        {
            case "crash":
                Fail("received", "receive failed");
                break;
            case "switch":
                Note("received");
                SwitchHandler(() => new JournalingHandler(_script));
                break;
            default:
                Note("received", () => Connection.Output.Write(Encoding.UTF8.GetBytes($"{text}\n")));
                break;
        }
    }

    protected override void OnIncompleteFrame(in ReadOnlySequence<byte> rest) => OnFrame(rest);

    protected override void OnPeerCompleted()
    {
        Note("completed");
        base.OnPeerCompleted();
    }

    protected override void OnClosed(CloseReason reason) => Note(LifeCycleModel.Closed);

    private void Note(string callback, Action? work = null) => _script.Journal.Note(Connection, callback, work);

    private void Fail(string callback, string failure)
    {
        Note(callback);
        Note(failure);
        throw new InvalidOperationException("asked to");
    }
}
