using CsCheck;

namespace ActorSockets.Tests.LifeCycle;

/// <summary>What happens to one server, in this order, as fast as it goes.</summary>
public sealed record Schedule(OnFailure OnFailure, Answer Verify, ErrorDirective Directive, bool HookTakesItsTime, int FailingSetups, ScheduledStep[] Steps)
{
    /// <summary>Schedules that are short enough to be read when one fails, and mean enough to fail.</summary>
    public static Gen<Schedule> Any { get; } =
        from onFailure in Gen.Enum<OnFailure>().Where(policy => policy != OnFailure.Escalate)
        from verify in Gen.Frequency((8, Gen.Const(Answer.Yes)), (1, Gen.Const(Answer.No)), (1, Gen.Const(Answer.Throw)))
        from directive in Gen.Frequency(
            (4, Gen.Const(ErrorDirective.ApplyPolicy)), (1, Gen.Const(ErrorDirective.Close)), (1, Gen.Const(ErrorDirective.Abort)), (1, Gen.Const(ErrorDirective.Restart)))
        from pace in Gen.Bool
        from failingSetups in Gen.Frequency((4, Gen.Const(0)), (1, Gen.Int[1, 2]))
        from steps in ScheduledStep.Any.Array[1, 14]
        select new Schedule(onFailure, verify, directive, pace, failingSetups, steps);

    public override string ToString() =>
        $"{OnFailure}, verify {Verify}, {Directive}{(HookTakesItsTime ? " slowly" : "")}, {FailingSetups} setups fail: {string.Join(' ', Steps.Select(step => $"{step.Client}:{step.Kind}"))}";
}

/// <summary>What the verification answers.</summary>
public enum Answer
{
    Yes,
    No,
    Throw,
}

/// <summary>One thing that happens to one of the clients, or to the server.</summary>
public sealed record ScheduledStep(int Client, StepKind Kind)
{
    public const int Clients = 3;

    public static Gen<ScheduledStep> Any { get; } =
        from client in Gen.Int[0, Clients - 1]
        from kind in Gen.Frequency(
            (6, Gen.Const(StepKind.Line)), (2, Gen.Const(StepKind.HalfALine)), (3, Gen.Const(StepKind.Crash)), (1, Gen.Const(StepKind.CrashFinish)),
            (2, Gen.Const(StepKind.Tell)), (1, Gen.Const(StepKind.TellCrash)), (1, Gen.Const(StepKind.HalfClose)), (1, Gen.Const(StepKind.Reset)),
            (1, Gen.Const(StepKind.ServerCloses)), (1, Gen.Const(StepKind.ServerAborts)), (1, Gen.Const(StepKind.Switch)), (2, Gen.Const(StepKind.Pause)))
        select new ScheduledStep(client, kind);
}

/// <summary>The kinds of steps.</summary>
public enum StepKind
{
    Line,
    HalfALine,
    Crash,
    CrashFinish,
    Tell,
    TellCrash,
    HalfClose,
    Reset,
    ServerCloses,
    ServerAborts,
    Switch,
    Pause,
}
