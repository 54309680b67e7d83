"""The examples of the documentation of socketserver and asyncio: cases E01 to E09."""

import re
import socket
import time

from harness.case import OneOf, Server, case
from harness.sockets import drain, exchange


@case("E01", "TCP, upper case, one recv", Server("upper-receive", "sequential"),
      hello=(b"HELLO WORLD WITH TCP", "EOF"), python=(b"PYTHON IS NICE", "EOF"))
def upper_receive(run):
    return {"hello": run.exchange(b"hello world with TCP\n"), "python": run.exchange(b"python is nice\n")}


@case("E02", "TCP, upper case, until a newline or 10,000 bytes", Server("upper-until-newline", "sequential"),
      line=(b"HELLO WORLD WITH TCP\n", "EOF"), without_newline=(b"A" * 10_000, "EOF"), in_two_pieces=(b"ABC\n", "EOF"))
def upper_until_newline(run):
    return {"line": run.exchange(b"hello world with TCP\n"), "without newline": run.exchange(b"a" * 10_000),
            "in two pieces": run.exchange(b"ab", b"c\n")}


@case("E02-end", "The same, and the client ends without a newline", Server("upper-until-newline", "sequential"),
      end="EOF", processor="idle")
def upper_at_the_end(run):
    with run.connect() as client:
        client.sendall(b"ab")
        client.shutdown(socket.SHUT_WR)
        end = drain(client, timeout=1)[1]

        # The least: what is compiled at the beginning, later where others have the machine, does not count, a handler that spins shows in each.
        used = [processor_time(run, 0.5) for _ in range(3)]
    run.stop(timeout=1)
    run.measured["processor s"] = used
    return {"end": end, "processor": "busy" if min(used) > 0.1 else "idle"}


def processor_time(run, seconds):
    """Processor time that the server uses in so many seconds."""
    before = run.processor_seconds()
    time.sleep(seconds)
    return run.processor_seconds() - before


@case("E03", "Stream handler, upper case, readline(10000)", Server("upper-line", "sequential"),
      line=(b"HELLO", "EOF"), too_long=(b"A" * 10_000, "EOF"))
def upper_line(run):
    return {"line": run.exchange(b"hello\n"), "too long": run.exchange(b"a" * 10_001 + b"\n")}


@case("E04", "UDP, upper case", Server("datagram-upper", "sequential", "udp"),
      line=b"HELLO WORLD", empty=b"", long=b"A" * 9000)
def datagram_upper(run):
    def reply(data):
        client.sendto(data, run.address)
        return client.recv(65536)

    with run.datagrams() as client:
        return {"line": reply(b"hello world\n"), "empty": reply(b""), "long": reply(b"a" * 9000)}


@case("E05", "Threading mix-in: the name of who serves, three clients in turn", Server("named-echo"),
      replies=[re.compile(r"^(.+): Hello World \d$")] * 3, names=3, ends=["EOF"] * 3)
def named_echo(run):
    replies, ends = zip(*(run.exchange(b"Hello World %d" % number) for number in (1, 2, 3)))
    replies = [reply.decode() for reply in replies]
    return {"replies": replies, "names": len({reply.rpartition(":")[0] for reply in replies}), "ends": list(ends)}


@case("E06", "asyncio protocol: echo of what comes first, then close", Server("echo-once"),
      echo=(b"Hello World!", "EOF"), nothing=(b"", "EOF"), not_utf8=(b"", "EOF"))
def echo_once(run):
    return {"echo": run.exchange(b"Hello World!"), "nothing": run.exchange(finish=True), "not utf8": run.exchange(b"\xff")}


@case("E07", "asyncio datagram protocol: echo", Server("datagram-echo", endpoint="udp"), reply=b"Hello World!")
def datagram_echo(run):
    with run.datagrams() as client:
        client.sendto(b"Hello World!", run.address)
        return {"reply": client.recv(100)}


# What is left unread at a close may end in a reset.
@case("E08", "asyncio streams: read(100), write, close", Server("read-100"),
      echo=(b"Hello World!", "EOF"), first_100=(b"a" * 100, OneOf(("EOF", "ECONNRESET"))))
def read_100(run):
    return {"echo": run.exchange(b"Hello World!"), "first 100": run.exchange(b"a" * 150)}


@case("E09", "asyncio: a socket that was connected elsewhere is served", Server(program="adopt"),
      echo=(b"abc", "EOF"), journal=["made", "data", "eof", "lost"])
def adopt(run):
    echo = exchange(run.endpoint, b"abc", finish=True)
    run.exit = run.subject.wait()
    return {"echo": echo, "journal": run.journal("made", "data", "eof", "lost")}
