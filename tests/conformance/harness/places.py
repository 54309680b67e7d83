"""Where cases run: a subject, a kind of endpoint, and a dispatcher; and the table of where they do not."""

import dataclasses
import pathlib

from harness.endpoints import of_the_same_kind

CERTIFICATE = pathlib.Path(__file__).parent.parent / "localhost.pem"


@dataclasses.dataclass(frozen=True)
class Place:
    subject: str
    endpoint: str
    dispatcher: str

    @property
    def words(self):
        return {self.subject, self.endpoint, self.dispatcher}

    @property
    def options(self):
        ours = {"driver": self.subject, "dispatcher": self.dispatcher} if self.subject in DRIVERS else {}
        return ours | ({"certificate": CERTIFICATE} if self.endpoint == "tls" else {})


OURS = [
    Place("akka-io", "tcp", "thread-pool"),
    Place("akka-io", "udp", "thread-pool"),
    Place("native", "tcp", "event-loop"),
    Place("native", "tcp", "thread-pool"),
    Place("native", "tcp", "blocking"),
    Place("native", "tls", "event-loop"),
    Place("native", "unix", "event-loop"),
    Place("native", "unix-abstract", "event-loop"),
    Place("native", "udp", "event-loop"),
    Place("native", "udp", "thread-pool"),
    Place("native", "unixgram", "event-loop"),
]
DRIVERS = list(dict.fromkeys(place.subject for place in OURS))

# They have no dispatchers, and run each case on its own endpoint.
CPYTHON = ["socketserver", "asyncio"]


class Omissions:
    """The table in README.md: "| cases | not on | because |", where "not on" is any word of a place."""

    def __init__(self, path):
        lines = iter(path.read_text().splitlines())
        for line in lines:
            if line == "| cases | not on | because |":
                break
        next(lines)
        self._rows = []
        for line in lines:
            if not line.startswith("| "):
                break
            cases, words, reason = (cell.strip() for cell in line.strip("|").split("|"))
            self._rows.append((cases.split(", "), set(words.split(", ")), reason))

    def places(self, case, subject):
        """Where a case runs on a subject."""
        if subject in CPYTHON:
            return [Place(subject, case.server.endpoint, "-")]
        return [place for place in OURS if place.subject == subject and of_the_same_kind(case.server.endpoint, place.endpoint)
                and not self._leaves_out(case, place)]

    def check(self, cases):
        """What is wrong with the table itself."""
        by_id = {case.id: case for case in cases}
        for ids, words, reason in self._rows:
            if not reason:
                yield f"no reason for {', '.join(ids)}"
            for id in ids:
                if id not in by_id:
                    yield f"no case '{id}'"
                    continue
                possible = [place for place in OURS if of_the_same_kind(by_id[id].server.endpoint, place.endpoint)]
                for word in words - {word for place in possible for word in place.words}:
                    yield f"{id} would not run on '{word}' anyway"
        for case in cases:
            if not any(self.places(case, subject) for subject in DRIVERS):
                yield f"{case.id} runs nowhere"

    def _leaves_out(self, case, place):
        return any(case.id in ids and place.words & words for ids, words, _ in self._rows)
