"""One case on one subject: start, steps, stop; what was observed."""

import dataclasses
import os
import pathlib
import tempfile
import threading
import time
import traceback

from harness import sockets
from harness.case import Case
from harness.endpoints import address_of
from harness.subject import Subject

# Every case ends within 30 seconds, also one whose server does not.
DEADLINE = 25.0


class Run:
    """What the steps of a case can do."""

    def __init__(self, case, command, directory):
        self._case, self._command, self.directory = case, command, directory
        self._subjects = []
        self.exit = None
        self.measured = {}
        self.subject = None

    def start(self, server):
        """Starts a server and returns when it has said how the start went."""
        subject = Subject([*self._command, *server.arguments(self.directory)])
        self._subjects.append(subject)
        subject.started = subject.wait_until_started()
        return subject

    @property
    def server(self):
        return self._case.server

    @property
    def endpoint(self):
        return self.subject.started["ready"]

    @property
    def address(self):
        return address_of(self.endpoint)[1]

    def connect(self, **keywords):
        return sockets.connect(self.endpoint, **keywords)

    def exchange(self, *pieces, **keywords):
        return sockets.exchange(self.endpoint, *pieces, **keywords)

    def datagrams(self, name="c"):
        """A client of a datagram endpoint that can be replied to; a name for each that lives at the same time."""
        return sockets.datagrams(self.endpoint, f"{self.directory}/{name}")

    def connecting(self):
        return sockets.connecting(self.endpoint)

    def as_many(self, connections):
        """So many; a quarter of it by TLS, where all the handshakes would take longer than a case may."""
        return connections // 4 if self.endpoint.startswith("tls:") else connections

    def journal(self, *names):
        return [line["event"] for line in self.subject.events(*names)]

    def reason(self, *names):
        """The reason of the last event that has one of the names."""
        return self.subject.events(*(names or ("closed",)))[-1].get("reason", "none")

    def stop(self, timeout=5.0):
        """Stops the server gracefully, once; its exit code."""
        if self.exit is None:
            self.exit = self.subject.terminate(timeout)
        return self.exit

    def status_file(self, name):
        """A number of /proc/PID/status, such as Threads or VmRSS (in KiB)."""
        for line in pathlib.Path(f"/proc/{self.subject.pid}/status").read_text().splitlines():
            if line.startswith(f"{name}:"):
                return int(line.split()[1])
        raise KeyError(name)

    def processor_seconds(self):
        """Processor time that the server has used."""
        fields = pathlib.Path(f"/proc/{self.subject.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def kill_all(self):
        for subject in self._subjects:
            subject.process.kill()

    def errors(self):
        return "".join(subject.errors() for subject in self._subjects)

    def close(self):
        for subject in self._subjects:
            subject.close()


@dataclasses.dataclass
class Observation:
    """What came out; "problem" is set when the steps did not come to an end."""

    values: dict
    measured: dict
    problem: str | None
    errors: str
    seconds: float


def observe(case: Case, command: list[str]) -> Observation:
    begin = time.monotonic()
    values, problem, expired = {}, None, threading.Event()

    with tempfile.TemporaryDirectory(prefix="conf-") as directory:
        run = Run(case, command, directory)

        def expire():
            expired.set()
            run.kill_all()

        watchdog = threading.Timer(DEADLINE, expire)
        watchdog.start()
        sockets.CASE.end = time.monotonic() + DEADLINE
        try:
            run.subject = run.start(case.server)
            values = _steps(case, run)
        except Exception as error:
            problem = "".join(traceback.format_exception(error)).strip()
        finally:
            watchdog.cancel()
            errors = run.errors()
            run.close()
    if expired.is_set():
        problem = f"not within {DEADLINE:g} s\n{problem or ''}"
    return Observation(values, run.measured, problem, errors, time.monotonic() - begin)


def _steps(case, run):
    started = run.subject.started
    if "refused" in started:
        return {"refused": started["refused"], "exit": run.subject.wait()}
    if "failed" in started:
        return {"failed": started["failed"], "message": started["message"], "exit": run.subject.wait()}
    values = case.steps(run)
    return values | {"exit": run.stop() if "ready" in started else run.subject.wait()}
