"""CPython's test_socketserver, from outside: cases T01 to T27."""

import os

from harness.case import PerEndpoint, Server, case
from harness.sockets import drain, receive, receive_line

TEST_STR = b"hello world\n"
NOBODY = PerEndpoint("ECONNREFUSED", unix="ENOENT")


def three_lines(run):
    exchanges = []
    for _ in range(3):
        with run.connect() as client:
            client.sendall(TEST_STR)
            exchanges.append((receive_line(client), *drain(client)))
    return exchanges


STREAM_EXPECTED = {
    "exchanges": [(TEST_STR, b"", "EOF")] * 3,
    "active": 0,
}


def stream_case(id, title, preset, **options):
    @case(id, title, Server("line-echo", preset, options=options), **STREAM_EXPECTED, after="ECONNREFUSED")
    def steps(run):
        exchanges = three_lines(run)
        run.stop()
        return {"exchanges": exchanges, "active": run.subject.stopped()["active"], "after": run.connecting()}


def unix_stream_case(id, title, preset):
    @case(id, title, Server("line-echo", preset, "unix"), **STREAM_EXPECTED, after=NOBODY, socket_file="gone")
    def steps(run):
        exchanges = three_lines(run)
        run.stop()
        return {"exchanges": exchanges, "active": run.subject.stopped()["active"], "after": run.connecting(),
                "socket file": "stays" if os.path.exists(run.address) else "gone"}


def datagram_case(id, title, preset, endpoint):
    @case(id, title, Server("datagram-line-echo", preset, endpoint), replies=[TEST_STR] * 3, senders=["the endpoint"] * 3)
    def steps(run):
        replies, senders = [], []
        for number in range(3):
            with run.datagrams(f"c{number}") as client:
                client.sendto(TEST_STR, run.address)
                data, sender = client.recvfrom(100)
                replies.append(data)
                senders.append("the endpoint" if sender == run.address else sender)
        return {"replies": replies, "senders": senders}


stream_case("T01", "test_TCPServer", "sequential")
stream_case("T02", "test_ThreadingTCPServer", "concurrent")


@case("T03", "test_ForkingTCPServer, beside a child process of the host's own", Server("line-echo", "concurrent:40", options={"child": 72}),
      **STREAM_EXPECTED, child=72, after="ECONNREFUSED")
def forking_with_child(run):
    exchanges = three_lines(run)
    child = run.subject.ask("end child")["exit"]
    run.stop()
    return {"exchanges": exchanges, "child": child, "active": run.subject.stopped()["active"], "after": run.connecting()}


unix_stream_case("T04", "test_UnixStreamServer", "sequential")
unix_stream_case("T05", "test_ThreadingUnixStreamServer", "concurrent")
unix_stream_case("T06", "test_ForkingUnixStreamServer", "concurrent:40")
datagram_case("T07", "test_UDPServer", "sequential", "udp")
datagram_case("T08", "test_ThreadingUDPServer", "concurrent", "udp")
datagram_case("T09", "test_ForkingUDPServer", "concurrent:40", "udp")
datagram_case("T10", "test_UnixDatagramServer", "sequential", "unixgram")
datagram_case("T11", "test_ThreadingUnixDatagramServer", "concurrent", "unixgram")
datagram_case("T12", "test_ForkingUnixDatagramServer", "concurrent:40", "unixgram")


@case("T13", "test_shutdown: 20 servers are stopped as soon as they are started",
      Server(program="start-and-stop", options={"times": 20}), stopped=20, stopped_before_ready="all", each_within_100_ms=True)
def start_and_stop(run):
    answer = run.subject.answer()
    run.measured["stop ms"] = answer["milliseconds"]
    return {"stopped": answer["stopped"], "stopped before ready": "all" if answer["before ready"] == 20 else "not all",
            "each within 100 ms": max(answer["milliseconds"]) < 100}


@case("T14", "test_close_immediately: a server that never serves is closed",
      Server(program="construct-and-close"), sockets=0)
def construct_and_close(run):
    return {"sockets": run.subject.answer()["sockets"]}


@case("T15", "test_tcpserver_bind_leak: binding what cannot be bound, 1024 times each",
      Server(program="fail-to-bind", options={"times": 1024}),
      invalid_address={"failed": 1024, "named": 1024}, in_use={"failed": 1024, "named": 1024}, sockets_left=0)
def fail_to_bind(run):
    answer = run.subject.answer()
    return {"invalid address": answer["invalid"], "in use": answer["in use"], "sockets left": answer["sockets left"]}


@case("T16", "test_context_manager: leaving the context closes the server",
      Server(program="context-manager"), within="connected", after=NOBODY, sockets=0)
def context_manager(run):
    within = run.connecting()
    sockets = run.subject.ask("leave")["sockets"]
    after = run.connecting()
    run.subject.tell("end")
    run.exit = run.subject.wait()
    return {"within": within, "sockets": sockets, "after": after}


def failing_handler(run):
    clients = []
    for number in (1, 2):
        with run.connect() as client:
            clients.append(drain(client))
        run.subject.await_events("closed", number)
    return clients


def handled_case(id, title, preset):
    @case(id, title, Server("bad-handler", preset, options={"raise": "error"}),
          clients=[(b"", "EOF")] * 2, journal=["handle", "finish", "error", "closed"] * 2)
    def steps(run):
        return {"clients": failing_handler(run), "journal": run.journal("handle", "finish", "error", "closed")}


def not_handled_case(id, title, preset):
    @case(id, title, Server("bad-handler", preset, options={"raise": "exit"}),
          clients=[(b"", "EOF")] * 2, journal=["handle", "finish", "closed"] * 2)
    def steps(run):
        return {"clients": failing_handler(run), "journal": run.journal("handle", "finish", "error", "closed")}


handled_case("T17", "test_sync_handled: the handler raises, the next client is served", "sequential")


@case("T18", "test_sync_not_handled: the handler asks for the end of the server",
      Server("bad-handler", "sequential", options={"raise": "stop"}),
      client=(b"", "EOF"), journal=["handle"], after=NOBODY)
def stopping_handler(run):
    with run.connect() as client:
        ended = drain(client)
    run.exit = run.subject.wait()
    return {"client": ended, "journal": run.journal("handle", "error"), "after": run.connecting()}


handled_case("T19", "test_threading_handled", "concurrent")
not_handled_case("T20", "test_threading_not_handled: an exiting exception is not an error", "concurrent")
handled_case("T21", "test_forking_handled", "concurrent:40")
not_handled_case("T22", "test_forking_not_handled", "concurrent:40")


@case("T23", "SocketWriterTest.test_basics: the output is writable, and that connection's",
      Server("writable"), client=("its own port", "EOF"))
def writable(run):
    with run.connect() as client:
        data, end = drain(client)
        port = b"%d\n" % client.getsockname()[1]
    return {"client": ("its own port" if data == port else data, end)}


@case("T24", "SocketWriterTest.test_write: 16 MiB and a byte in one write",
      Server("big-writer"), first=b"write data\n", received="client response\n",
      sample=b"\0" * 100, length=16 * 1024 * 1024 + 1, zeros=True, end="EOF", sent=[11, 16 * 1024 * 1024 + 1])
def big_write(run):
    with run.connect() as client:
        # Before the client has sent anything.
        first = receive_line(client)
        client.sendall(b"client response\n")
        sample = receive(client, 100)
        received = run.subject.await_events("received", 1)[0]["line"]
        rest, end = drain(client)
    run.subject.await_events("sent", 2)
    data = sample + rest
    return {"first": first, "received": received, "sample": sample, "length": len(data), "zeros": not data.strip(b"\0"),
            "end": end, "sent": [sent["length"] for sent in run.subject.events("sent")]}


@case("T25", "MiscTestCase.test_all: what is public is exported, and nothing else", Server(program="exports"), violations=[])
def exports(run):
    return {"violations": run.subject.answer()["violations"]}


@case("T26", "MiscTestCase.test_verify_request_false",
      Server("line-echo", options={"verify": "false"}),
      clients=[(b"", "EOF")] * 2, journal=["verify", "closed"] * 2, reason="Rejected")
def rejected(run):
    clients = []
    for number, data in enumerate((b"", TEST_STR), 1):
        with run.connect() as client:
            client.sendall(data)
            clients.append(drain(client))
        run.subject.await_events("closed", number)
    return {"clients": clients, "journal": run.journal("verify", "setup", "handle", "finish", "error", "closed"), "reason": run.reason()}


@case("T27", "test_threads_reaped: nothing is left of connections that have ended",
      Server("line-echo", options={"journal": "off"}), after_few=(0, 0), after_many=(0, 0), growth_below_5_MiB=True)
def reaped(run):
    def serve(count):
        for _ in range(count):
            with run.connect(timeout=10) as client:
                client.sendall(TEST_STR)
                assert drain(client) == (TEST_STR, "EOF")

    def settled():
        # The last handler ends a moment after its client has seen the end.
        for _ in range(200):
            status = run.subject.ask("status")
            if status["connections"] == status["workers"] == 0:
                break
        return status["connections"], status["workers"]

    serve(10)
    after_few = settled()

    # The first of them do not count: code is compiled on the way.
    serve(run.as_many(4000))
    settled()
    before = run.status_file("VmRSS")
    serve(run.as_many(6000))
    after_many = settled()
    grown = run.status_file("VmRSS") - before
    run.measured["growth KiB"] = grown
    return {"after few": after_few, "after many": after_many, "growth below 5 MiB": grown < 5 * 1024}
