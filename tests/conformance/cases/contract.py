"""The contract of socketserver beyond its tests: handle_request, service_actions (A1), and the article's programs (C1, C2)."""

import dataclasses
import re
import time

from harness.case import Server, case
from harness.sockets import drain, exchange, is_silent

HELLO = b"hello world\n"


# Which of the two is served first is not asserted: two that connect at the same time have no order that holds everywhere.
@case("A1-one", "handle_request serves one client at a time, and tells what came of it", Server(program="serve-one"),
      nobody="TimedOut", outcomes=["Handled"] * 2, served=[1, 2], clients=[(HELLO, "EOF")] * 2, done_before_the_client_closes=True)
def serve_one(run):
    nobody = run.subject.ask("serve 0.1")
    with run.connect() as first, run.connect() as second:
        for client in (first, second):
            client.sendall(HELLO)
        outcomes, served, taken = [], [], []
        for _ in range(2):
            begin = time.monotonic()
            outcomes.append(run.subject.ask("serve 10"))
            taken.append(time.monotonic() - begin)
            served.append(served_of(first, second, at_least=len(outcomes)))
        run.measured["serve s"] = taken
        return {"nobody": nobody, "outcomes": outcomes, "served": served, "clients": [drain(first), drain(second)],
                "done before the client closes": min(taken) < 0.5}


def served_of(*clients, at_least):
    """How many clients have an answer; an answer may still be on its way when its handler has finished."""
    end = time.monotonic() + 5
    while (served := sum(not is_silent(client) for client in clients)) < at_least and time.monotonic() < end:
        time.sleep(0.01)
    return served


@case("A1-one-rejected", "handle_request, and verify turns the client down", Server(program="serve-one", options={"verify": "false"}),
      outcome="Rejected", client=(b"", "EOF"))
def serve_one_rejected(run):
    with run.connect() as client:
        return {"outcome": run.subject.ask("serve 10"), "client": drain(client)}


@case("A1-tick", "service_actions at regular times, also when nobody comes", Server("line-echo", options={"tick": 0.05}),
      ticks="several", client=(HELLO, "EOF"))
def tick(run):
    run.subject.await_events("tick", 3)
    client = run.exchange(HELLO)
    run.subject.await_events("tick", 6)
    return {"ticks": "several", "client": client}


@case("C1", "hello world, whatever the client does", Server("hello", "sequential"),
      silent=(HELLO, "EOF"), half_closed=(HELLO, "EOF"), with_input=(HELLO, "EOF"), in_turn=100)
def hello(run):
    return {"silent": run.exchange(), "half closed": run.exchange(finish=True), "with input": run.exchange(b"garbage\r\n"),
            "in turn": sum(run.exchange() == (HELLO, "EOF") for _ in range(100))}


@case("C1-restart", "Another run on the same port, right after the first", Server("hello"),
      first=(HELLO, "EOF"), second=(HELLO, "EOF"), second_exit=0)
def restart_on_the_port(run):
    # The server closes first, so that the time to wait is its own.
    first = run.exchange()
    run.stop()
    another = run.start(dataclasses.replace(run.server, address=run.endpoint))
    if "ready" not in another.started:
        return {"first": first, "second": another.started["failed"], "second exit": another.wait()}
    return {"first": first, "second": exchange(another.started["ready"]), "second exit": another.terminate()}


@case("C2", "A thread's name and what one recv of 1024 gives", Server("named-echo"),
      newline=re.compile(r".+: a\n", re.DOTALL), long=1024, nothing=re.compile(r".+: "), not_ascii=(b"", "EOF"))
def named_echo(run):
    def reply(data, **keywords):
        text, end = run.exchange(data, **keywords)
        return text.decode() if end == "EOF" else end

    return {"newline": reply(b"a\n"), "long": len(reply(b"b" * 3000).rpartition(": ")[2]), "nothing": reply(b"", finish=True),
            "not ascii": run.exchange("é".encode())}
