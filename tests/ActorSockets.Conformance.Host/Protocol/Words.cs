using System.Runtime.InteropServices;
using System.Threading.Channels;

namespace ActorSockets.Conformance.Host.Protocol;

/// <summary>What the runner asks for: words on standard input; "stop" at its end, and for SIGTERM.</summary>
internal sealed class Words : IDisposable
{
    public const string Stop = "stop";

    private readonly Channel<string> _words = Channel.CreateUnbounded<string>();
    private readonly PosixSignalRegistration _signal;

    public Words()
    {
        _signal = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context =>
        {
            context.Cancel = true;
            Put(Stop);
        });
        new Thread(Read) { IsBackground = true }.Start();
    }

    public ValueTask<string> NextAsync() => _words.Reader.ReadAsync();

    public void Put(string word) => _words.Writer.TryWrite(word);

    public void Dispose() => _signal.Dispose();

    private void Read()
    {
        while (Console.In.ReadLine() is { } word)
        {
            Put(word);
        }

        Put(Stop);
    }
}
