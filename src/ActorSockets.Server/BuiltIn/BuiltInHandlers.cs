using ActorSockets.Server.Handlers;

namespace ActorSockets.Server.BuiltIn;

/// <summary>The handlers that come with the program.</summary>
internal static class BuiltInHandlers
{
    public static IReadOnlyList<HandlerDescription> All { get; } =
    [
        new("echo", "Sends every byte or datagram back (RFC 862).", typeof(EchoStream), typeof(EchoDatagrams)),
        new("discard", "Takes everything and answers nothing (RFC 863).", typeof(DiscardStream), typeof(DiscardDatagrams)),
        new("daytime", "Sends the date and time as one line and closes (RFC 867).", typeof(DaytimeStream), typeof(DaytimeDatagrams)),
        new("chargen", "Sends lines of 72 characters until the client closes (RFC 864).", typeof(ChargenStream), null)
        {
            WhyNoDatagrams = "over UDP it would be an amplifier: a forged sender address would point its output at a victim",
        },
        new("hello", "Sends 'hello world' on connect and closes.", typeof(HelloStream), null),
        new("named-echo", "Answers the first read, at most 1024 bytes of ASCII, with '<connection>: <data>' and closes.", typeof(NamedEchoStream), null),
        new("counter", "Numbers each line or datagram; the line 'crash' makes it throw, to try restart policies.", typeof(CounterStream), typeof(CounterDatagrams)),
    ];
}
