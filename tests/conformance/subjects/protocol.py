"""What every subject speaks with the runner: a command line, JSON lines on standard output, words on standard input.

    SUBJECT --listen ENDPOINT (--handler NAME | --program NAME) [--preset PRESET] [--set NAME=VALUE]...

Each line of output is an object with one of these keys: "ready" (the endpoint as bound), "refused" (a sentence: this
subject has no such thing; exit code 3), "failed" (an error at start; exit code 1), "event" (one of the journal),
"answer" (to a word on standard input, or of a program that ends by itself), "stopped" (the last one; exit code 0).
SIGTERM and the word "stop" ask for a graceful stop.
"""

import argparse
import errno
import json
import os


class Refused(Exception):
    """The subject has no such handler, preset, option or endpoint."""


class Options:
    def __init__(self, subject, values, known):
        for name in values:
            if name not in known:
                raise Refused(f"{subject} has no option '{name}'")
        self._values = values
        Journal.on = values.get("journal") != "off"

    def get(self, name, default=None):
        return self._values.get(name, default)

    def number(self, name, default=None):
        value = self._values.get(name)
        return default if value is None else float(value)


def say(**line):
    # One write, so that the lines of forked children stay whole.
    os.write(1, json.dumps(line).encode() + b"\n")


class Journal:
    on = True


def event(name, **details):
    if Journal.on:
        say(event=name, **details)


def choose(subject, kind, name, table):
    if name not in table:
        raise Refused(f"{subject} has no {kind} '{name}'")
    return table[name]


def parse():
    parser = argparse.ArgumentParser()
    parser.add_argument("--listen", required=True)
    parser.add_argument("--handler")
    parser.add_argument("--program")
    parser.add_argument("--preset", default="concurrent")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE")
    arguments = parser.parse_args()
    arguments.options = dict(text.split("=", 1) for text in arguments.set)
    return arguments


def split(endpoint):
    """Scheme and address of an endpoint: tcp://host:port, tls://…, udp://…, unix:/path or unixgram:/path."""
    scheme, _, rest = endpoint.partition(":")
    if scheme in ("unix", "unixgram"):
        return scheme, rest
    host, _, port = rest.removeprefix("//").rpartition(":")
    return scheme, (host, int(port))


def join(scheme, address):
    return f"{scheme}:{address}" if isinstance(address, str) else f"{scheme}://{address[0]}:{address[1]}"


def sockets():
    """Open sockets of this process."""
    count = 0
    for descriptor in os.listdir("/proc/self/fd"):
        try:
            count += os.readlink(f"/proc/self/fd/{descriptor}").startswith("socket:")
        except FileNotFoundError:
            pass  # the descriptor of the listing itself
    return count


def words():
    """The words on standard input; "stop" at its end, so that a subject does not outlive the runner."""
    # Not sys.stdin: a thread that waits in it keeps the interpreter from ending.
    rest = b""
    while piece := os.read(0, 4096):
        *lines, rest = (rest + piece).split(b"\n")
        yield from (line.decode() for line in lines)
    yield "stop"


def run(main):
    """Runs a subject's main with the arguments, and says what keeps it from starting."""
    try:
        code = main(parse())
    except Refused as refusal:
        say(refused=str(refusal))
        code = 3
    except (OSError, OverflowError, ValueError) as error:
        say(failed=errno.errorcode.get(getattr(error, "errno", None), type(error).__name__), message=str(error))
        code = 1
    return code
