"""Further behaviour on the wire that was measured: cases W03 to W21."""

import dataclasses
import os
import socket

from harness.case import Server, case
from harness.sockets import datagrams, drain, name_of, receive, receive_line
from harness.subject import SubjectEnded


@case("W03", "verify raises", Server("line-echo", "sequential", options={"verify": "raises"}),
      client=(b"", "EOF"), next_client=(b"", "EOF"))
def verify_raises(run):
    with run.connect() as client:
        first = drain(client)
    try:
        run.subject.await_events("closed", 1)
        with run.connect() as client:
            client.sendall(b"hello\n")
            second = drain(client)
    except SubjectEnded:
        second = run.connecting()
    return {"client": first, "next client": second}


@case("W05", "A read timeout of 100 ms", Server("line-echo", options={"read-timeout": 0.1}),
      client=(b"", "EOF"), reason="ReadTimeout")
def read_timeout(run):
    with run.connect() as client:
        client.sendall(b"no newline")
        ended = drain(client)
    run.subject.await_events("closed", 1)
    return {"client": ended, "reason": run.reason()}


@case("W06", "The last line without a newline", Server("line-echo"), client=(b"partial", "EOF"))
def partial_line(run):
    return {"client": run.exchange(b"partial", finish=True)}


def scripted_datagrams(run):
    """Replies to a handler that writes nothing, one that raises after writing, and one that answers."""
    with run.datagrams() as client:
        replies = []
        for data, marker in ((b"nothing", b"one"), (b"raise", b"two")):
            for piece in (data, marker):
                client.sendto(piece, run.address)

            # Datagrams of one sender are handled in order: when the marker is back, there is nothing else to wait for.
            while (reply := client.recv(100)) != marker:
                replies.append(reply)
    return {"replies": replies}


@case("W08", "A datagram handler that writes nothing, and one that raises after writing",
      Server("datagram-scripted", "sequential", "udp"), replies=[])
def datagram_replies(run):
    return scripted_datagrams(run)


@case("W08-always", "The same, with replies as socketserver gives them",
      Server("datagram-scripted", "sequential", "udp", options={"reply": "always"}), replies=[b"", b"part"])
def datagram_replies_always(run):
    return scripted_datagrams(run)


@case("W09", "A Unix datagram client without a path", Server("datagram-line-echo", "sequential", "unixgram"),
      first="nothing", next=b"hello\n", errors=1)
def unbound_datagram_client(run):
    with datagrams(run.endpoint) as nobody, run.datagrams() as client:
        nobody.sendto(b"who?\n", run.address)
        client.sendto(b"hello\n", run.address)
        reply = client.recv(100)
        nobody.setblocking(False)
        try:
            first = nobody.recv(100)
        except BlockingIOError:
            first = "nothing"
    run.stop()
    return {"first": first, "next": reply, "errors": len(run.subject.events("error"))}


@case("W10", "A second server at the address of a live one", Server("line-echo", endpoint="unix"),
      second="EADDRINUSE", second_exit=1, first_still_answers=b"hello\n")
def path_in_use(run):
    second = run.start(dataclasses.replace(run.server, address=run.endpoint))
    started = second.started
    if "ready" in started:
        second_exit = second.terminate()
    else:
        second_exit = second.wait()
    try:
        with run.connect() as client:
            client.sendall(b"hello\n")
            answer = receive_line(client)
    except OSError as error:
        answer = name_of(error)
    return {"second": started.get("failed", "starts"), "second exit": second_exit, "first still answers": answer}


@case("W11", "A path that a killed server has left behind", Server("line-echo", endpoint="unix"),
      exists=True, second="starts", answer=b"hello\n")
def stale_path(run):
    run.subject.kill()
    exists = os.path.exists(run.address)
    run.subject = second = run.start(run.server)
    if "ready" not in second.started:
        run.exit = second.wait()
        return {"exists": exists, "second": second.started.get("failed"), "answer": b""}
    with run.connect() as client:
        client.sendall(b"hello\n")
        answer = receive_line(client)
    return {"exists": exists, "second": "starts", "answer": answer}


@case("W15", "Echo by callbacks: in pieces, and much", Server("echo-all"),
      pieces=(b"onetwo", "EOF"), much=(700_000, "EOF"), journal_begins="made", journal_ends=["eof", "lost"])
def echo_all(run):
    pieces = run.exchange(b"one", b"two", finish=True)
    run.subject.await_events("lost", 1)
    journal = run.journal("made", "data", "eof", "lost")
    return {"pieces": pieces, "much": echo_much(run), "journal begins": journal[0], "journal ends": journal[-2:]}


def echo_much(run):
    """Sends and receives at the same time; the bytes must be the same."""
    data = bytes(range(256)) * (700_000 // 256) + bytes(700_000 % 256)
    with run.connect() as client:
        echoed = bytearray()
        for begin in range(0, len(data), 10_000):
            client.sendall(data[begin:begin + 10_000])
            echoed += receive(client, len(data[begin:begin + 10_000]))
        client.shutdown(socket.SHUT_WR)
        rest, end = drain(client)
    return len(data) if echoed + rest == data else "other bytes", end


@case("W18", "The peer has finished, and the handler never closes", Server("half-open", options={"half-open-timeout": 0.3}),
      client=(b"hello", "EOF"), reason="HalfOpenTimeout")
def half_open(run):
    with run.connect() as client:
        client.sendall(b"hello")
        client.shutdown(socket.SHUT_WR)
        run.subject.await_events("eof", 1)
        ended = drain(client, timeout=3)
    run.stop(timeout=2)
    return {"client": ended, "reason": run.reason("lost") if run.subject.events("lost") else "none"}


@case("W19", "connection_made raises", Server("made-raises"), client=(b"", "EOF"), journal=["made", "error", "lost"])
def made_raises(run):
    with run.connect() as client:
        client.sendall(b"hello")
        client.shutdown(socket.SHUT_WR)
        ended = drain(client)
    run.subject.await_events("lost", 1)
    return {"client": ended, "journal": run.journal("made", "data", "error", "lost")}


@case("W20", "data_received raises", Server("data-raises"),
      client=(b"", "EOF"), journal=["made", "data", "error", "lost"], reason="HandlerFailed")
def data_raises(run):
    with run.connect() as client:
        client.sendall(b"hello")
        ended = drain(client)
    run.subject.await_events("lost", 1)
    return {"client": ended, "journal": run.journal("made", "data", "error", "lost"), "reason": run.reason("lost")}


@case("W21", "A line of 70,000 bytes, with a limit of 64 KiB", Server("line-limit"), client=(b"", "EOF"), error=["FrameTooLargeException"])
def line_limit(run):
    with run.connect() as client:
        client.sendall(b"a" * 70_000 + b"\n")
        ended = drain(client)
    run.stop()
    return {"client": ended, "error": [line["error"] for line in run.subject.events("error")]}
