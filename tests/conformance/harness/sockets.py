"""Steps with plain sockets that the cases share."""

import errno
import select
import socket
import ssl
import threading
import time

from harness.endpoints import address_of
from harness.tls import TlsClient

TIMEOUT = 15.0
CHUNK = 65536

# When the case ends that runs in this thread, whatever it waits for.
CASE = threading.local()


def connect(endpoint, timeout=TIMEOUT, waits=False):
    """A client of a stream endpoint, connected; by TLS where the endpoint has it. One that waits may not be accepted soon."""
    client = connect_plainly(endpoint, timeout)
    return TlsClient(client, waits) if endpoint.startswith("tls:") else client


def connect_plainly(endpoint, timeout=TIMEOUT):
    """The same without TLS."""
    scheme, address = address_of(endpoint)
    client = socket.socket(socket.AF_UNIX if scheme == "unix" else socket.AF_INET, socket.SOCK_STREAM)
    client.settimeout(timeout)
    client.connect(address)
    if scheme != "unix":
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return client


def begin_to_connect(endpoint):
    """A client of an internet endpoint that does not wait to be connected."""
    client = socket.socket()
    client.setblocking(False)
    client.connect_ex(address_of(endpoint)[1])
    return client


def datagrams(endpoint, path=None):
    """A client of a datagram endpoint. A path of its own is for Unix; the kernel takes care of ports."""
    is_unix = address_of(endpoint)[0] == "unixgram"
    client = socket.socket(socket.AF_UNIX if is_unix else socket.AF_INET, socket.SOCK_DGRAM)
    client.settimeout(TIMEOUT)
    if is_unix and path:
        client.bind(path)
    return client


def name_of(error):
    if isinstance(error, TimeoutError):
        return "timeout"
    if isinstance(error, ssl.SSLError):
        return type(error).__name__
    return errno.errorcode.get(error.errno, type(error).__name__)


def connecting(endpoint):
    """The name of what keeps a client from connecting; "connected" when nothing does."""
    try:
        connect_plainly(endpoint).close()
    except OSError as error:
        return name_of(error)
    return "connected"


def receive(client, length):
    """So many bytes; fewer at the end."""
    data = b""
    while len(data) < length and (piece := client.recv(length - len(data))):
        data += piece
    return data


def receive_line(client, limit=100):
    data = b""
    while not data.endswith(b"\n") and len(data) < limit and (piece := client.recv(1)):
        data += piece
    return data


def drain(client, timeout=TIMEOUT):
    """All bytes until the end, and what the end was: EOF, the name of an error, or "open" when there was none in time."""
    data = bytearray()
    end = time.monotonic() + timeout
    while True:
        if time.monotonic() > getattr(CASE, "end", end):
            raise TimeoutError("the time of the case is over")
        client.settimeout(max(end - time.monotonic(), 0.001))
        try:
            piece = client.recv(CHUNK)
        except TimeoutError:
            return bytes(data), "open"
        except OSError as error:
            return bytes(data), name_of(error)
        if not piece:
            return bytes(data), "EOF"
        data += piece


def exchange(endpoint, *pieces, finish=False):
    """Connects, sends the pieces one by one, finishes sending if told to, and drains."""
    with connect(endpoint) as client:
        for piece in pieces:
            client.sendall(piece)
        if finish:
            client.shutdown(socket.SHUT_WR)
        return drain(client)


def is_silent(client):
    """Whether nothing has arrived."""
    if isinstance(client, TlsClient):
        return client.is_silent()
    # Not select: it knows no descriptor above 1023.
    look = select.poll()
    look.register(client, select.POLLIN)
    return not look.poll(0)
