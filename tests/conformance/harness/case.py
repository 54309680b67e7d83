"""What a case is: a server, steps with plain sockets, and the result that is expected, as data."""

import dataclasses
import re
import typing

from harness.endpoints import LISTEN


@dataclasses.dataclass(frozen=True)
class Server:
    """The server that a case needs, and the endpoint that it comes from. Options are given to the subject as they are."""

    handler: str | None = None
    preset: str = "concurrent"
    endpoint: str = "tcp"
    program: str | None = None
    options: dict = dataclasses.field(default_factory=dict)
    address: str | None = None

    def arguments(self, directory):
        options = {name: str(value).format(directory=directory) for name, value in self.options.items()}
        return [
            "--listen", self.address or LISTEN[self.endpoint].format(directory=directory),
            *(["--handler", self.handler] if self.handler else []),
            *(["--program", self.program] if self.program else []),
            "--preset", self.preset,
            *(argument for name, value in options.items() for argument in ("--set", f"{name}={value}")),
        ]


@dataclasses.dataclass(frozen=True)
class OneOf:
    """An expected value that depends on timing nobody controls."""

    values: tuple

    def __str__(self):
        return " or ".join(map(str, self.values))


class PerEndpoint:
    """An expected value that depends on the endpoint."""

    def __init__(self, usually, **others):
        self._usually, self._others = usually, others

    def on(self, endpoint):
        return self._others.get(endpoint.replace("-", "_"), self._usually)


@dataclasses.dataclass(frozen=True)
class Case:
    id: str
    title: str
    server: Server
    expected: dict
    steps: typing.Callable

    def on(self, endpoint, **options):
        """The same on an endpoint, with more options."""
        server = dataclasses.replace(self.server, endpoint=endpoint, options=self.server.options | options)
        expected = {name: value.on(endpoint) if isinstance(value, PerEndpoint) else value for name, value in self.expected.items()}
        return dataclasses.replace(self, server=server, expected=expected)


ALL: list[Case] = []


def case(id, title, server, /, **expected):
    """Registers a function as the steps of a case. The keywords are what it is expected to return; underscores are spaces."""

    def register(steps):
        # Every server is stopped at the end, and then ends well.
        expects = {"exit": 0} | {name.replace("_", " "): value for name, value in expected.items()}
        ALL.append(Case(id, title, server, expects, steps))
        return steps

    return register


def render(value):
    """A value as JSON has it; long bytes become a description."""
    if isinstance(value, bytes):
        if len(value) > 100:
            return f"{len(value)} x {value[:1]!r}" if value == value[:1] * len(value) else f"{len(value)} mixed bytes"
        return repr(value)
    if isinstance(value, (list, tuple)):
        return [render(item) for item in value]
    if isinstance(value, dict):
        return {name: render(item) for name, item in value.items()}
    return value


def equals(expected, observed):
    """Whether an observed value is the expected one."""
    if isinstance(expected, OneOf):
        return any(equals(value, observed) for value in expected.values)
    if isinstance(expected, re.Pattern):
        return isinstance(observed, str) and expected.fullmatch(observed) is not None
    if isinstance(expected, (list, tuple)):
        return (isinstance(observed, (list, tuple)) and len(expected) == len(observed)
                and all(map(equals, expected, observed)))
    return render(expected) == render(observed)


def describe(expected):
    """An expected value as JSON has it."""
    if isinstance(expected, OneOf):
        return " or ".join(str(render(value)) for value in expected.values)
    if isinstance(expected, re.Pattern):
        return f"matches {expected.pattern}"
    if isinstance(expected, (list, tuple)):
        return [describe(item) for item in expected]
    return render(expected)
