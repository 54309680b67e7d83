namespace ActorSockets.Tests.Framing;

public sealed class ProtocolExceptionTests
{
    [Fact]
    public void An_incomplete_read_tells_what_arrived_and_what_was_expected()
    {
        var error = new IncompleteReadException("hello"u8.ToArray(), 10);

        Assert.Equal("the stream ended after 5 of 10 bytes of what was to be read: \"hello\"", error.Message);
        Assert.Equal("hello"u8, error.Partial.Span);
        Assert.Equal(10, error.Expected);
    }

    [Fact]
    public void An_incomplete_read_need_not_know_what_was_expected()
    {
        var error = new IncompleteReadException("hello"u8.ToArray());

        Assert.Equal("the stream ended after 5 bytes of what was to be read: \"hello\"", error.Message);
        Assert.Equal(-1, error.Expected);
    }

    [Fact]
    public void An_incomplete_read_shows_at_most_64_bytes_and_escapes_them()
    {
        var error = new IncompleteReadException(Enumerable.Repeat((byte)0x1b, 1000).ToArray());

        Assert.EndsWith("\\x1b…\"", error.Message, StringComparison.Ordinal);
        Assert.Equal(64, error.Message.Split("\\x1b").Length - 1);
        Assert.Equal(1000, error.Partial.Length);
    }

    [Fact]
    public void Whatever_is_wrong_with_the_bytes_of_the_other_side_is_a_protocol_exception()
    {
        Assert.IsAssignableFrom<ProtocolException>(new FrameTooLargeException(1, default(System.Buffers.ReadOnlySequence<byte>)));
        Assert.IsAssignableFrom<ProtocolException>(new MalformedFrameException("wrong", default));
        Assert.IsAssignableFrom<ProtocolException>(new IncompleteReadException(default));
        Assert.IsAssignableFrom<IOException>(new ProtocolException("wrong", new FormatException()));
    }
}
