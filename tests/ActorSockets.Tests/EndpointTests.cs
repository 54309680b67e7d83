namespace ActorSockets.Tests;

public sealed class EndpointTests
{
    [Theory]
    [InlineData("tcp://127.0.0.1:0")]
    [InlineData("tcp://[::]:8000")]
    [InlineData("udp://[2001:db8::1]:53")]
    [InlineData("udp://example.org:65535")]
    [InlineData("unix:/run/echo.sock")]
    [InlineData("unix:@echo")]
    [InlineData("fd:web.socket")]
    [InlineData("tls+fd:web:2")]
    public void An_endpoint_prints_as_the_URI_that_it_was_read_from(string text) =>
        Assert.Equal(text, Endpoint.Parse(text).ToString());

    [Fact]
    public void A_unix_endpoint_may_be_written_as_a_URI_with_an_empty_host() =>
        Assert.Equal("unix:/run/echo.sock", Endpoint.Parse("unix:///run/echo.sock").ToString());

    [Fact]
    public void A_descriptor_that_was_not_handed_over_carries_nothing() =>
        Assert.Equal((false, false, "web"), (Endpoint.Parse("fd:web").IsStream, Endpoint.Parse("fd:web").IsDatagram, Endpoint.Parse("fd:web").Name));

    [Theory]
    [InlineData("fd:", "'' is not the name of a descriptor")]
    [InlineData("fd:wéb", "'wéb' is not the name of a descriptor")]
    [InlineData("fd:web:", "'' does not say which of the descriptors of this name")]
    [InlineData("fd:web:0", "'0' does not say which of the descriptors of this name")]
    [InlineData("fd:web:1:2", "'1:2' does not say which of the descriptors of this name")]
    [InlineData("", "expected tcp://host:port")]
    [InlineData("127.0.0.1:80", "expected tcp://host:port")]
    [InlineData("ftp://127.0.0.1:80", "unknown scheme 'ftp'")]
    [InlineData("tcp://127.0.0.1", "the port is missing")]
    [InlineData("tcp://127.0.0.1:", "'' is not a port")]
    [InlineData("tcp://127.0.0.1:-1", "'-1' is not a port")]
    [InlineData("tcp://127.0.0.1:65536", "'65536' is not a port")]
    [InlineData("tcp://:80", "'' is not a host name")]
    [InlineData("tcp://::1:80", "'::1' is not a host name")]
    [InlineData("tcp://[127.0.0.1]:80", "'[127.0.0.1]' is not a host name")]
    [InlineData("tcp://a b:80", "'a b' is not a host name")]
    [InlineData("unix:", "'' is neither an absolute path")]
    [InlineData("unix:@", "'@' is neither an absolute path")]
    [InlineData("unix:echo.sock", "'echo.sock' is neither an absolute path of a file nor a name behind @")]
    [InlineData("unix:/run/", "'/run/' is neither an absolute path")]
    [InlineData("unix:/123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678", "the path has 109 bytes, and the kernel takes 107 at most")]
    public void What_is_not_an_endpoint_is_refused_with_the_reason(string text, string reason)
    {
        var error = Assert.Throws<FormatException>(() => Endpoint.Parse(text));

        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
        Assert.False(Endpoint.TryParse(text, out _));
    }
}
