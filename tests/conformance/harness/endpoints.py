"""The kinds of endpoints that cases run on."""

# Where a server is told to listen.
STREAM = {
    "tcp": "tcp://127.0.0.1:0",
    "tls": "tls://127.0.0.1:0",
    "unix": "unix:{directory}/s",
    "unix-abstract": "unix:@{directory}/s",
}
DATAGRAM = {
    "udp": "udp://127.0.0.1:0",
    "unixgram": "unixgram:{directory}/s",
}
LISTEN = STREAM | DATAGRAM


def address_of(endpoint):
    """The scheme of an endpoint, and its address as Python's sockets have it."""
    scheme, _, rest = endpoint.partition(":")
    if scheme in ("unix", "unixgram"):
        return scheme, "\0" + rest[1:] if rest.startswith("@") else rest
    host, _, port = rest.removeprefix("//").rpartition(":")
    return scheme, (host, int(port))


def of_the_same_kind(one, other):
    """Whether both carry streams, or both datagrams."""
    return (one in STREAM) == (other in STREAM)
