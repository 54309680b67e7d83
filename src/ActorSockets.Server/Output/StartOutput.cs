using System.Text;

namespace ActorSockets.Server.Output;

/// <summary>
/// Standard output while the host starts, without what Akka.Hosting writes there, past all loggers, when the start fails: the
/// whole stack trace. The failure is told on standard error, in one line.
/// </summary>
internal sealed class StartOutput : TextWriter
{
    private const string Unwanted = "Unable to start " + nameof(Akka.Hosting.AkkaHostedService);

    private readonly TextWriter _output = Console.Out;

    public StartOutput() => Console.SetOut(this);

    public override Encoding Encoding => _output.Encoding;

    public override void Write(char value) => _output.Write(value);

    public override void Write(char[] buffer, int index, int count) => _output.Write(buffer, index, count);

    public override void Write(string? value) => _output.Write(value);

    public override void WriteLine(string? value)
    {
        if (value?.StartsWith(Unwanted, StringComparison.Ordinal) != true)
        {
            _output.WriteLine(value);
        }
    }

    public override void Flush() => _output.Flush();

    protected override void Dispose(bool disposing)
    {
        Console.SetOut(_output);
        base.Dispose(disposing);
    }
}
