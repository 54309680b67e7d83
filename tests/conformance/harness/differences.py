"""The table of expected differences, and what it says about an observation."""

import dataclasses
import re
import sys
import tomllib

from harness.case import Case, describe, equals, render
from harness.endpoints import LISTEN
from harness.places import Place


@dataclasses.dataclass(frozen=True)
class Difference:
    """One entry: on these cases, this subject observes these values instead on these endpoints, for this reason."""

    cases: tuple
    subject: str
    endpoints: tuple
    observed: dict
    reason: str

    @property
    def is_refusal(self):
        return "refused" in self.observed or "failed" in self.observed


@dataclasses.dataclass
class Verdict:
    """"pass", "differs" (just as the table says), "refused" (just as the table says) or "fail"."""

    status: str
    problems: list
    reasons: list


class Table:
    def __init__(self, path):
        with open(path, "rb") as file:
            entries = tomllib.load(file)["difference"]
        self._entries = [
            Difference(tuple(entry["cases"]), subject, tuple(_listed(entry.get("endpoint", list(LISTEN)))), entry["observed"], entry["reason"])
            for entry in entries for subject in _listed(entry["subject"])
            if _holds(entry.get("python", "")) and not entry.keys() - {"cases", "subject", "endpoint", "observed", "reason", "python"}
        ]

    def check(self, cases, subjects):
        """What is wrong with the table itself."""
        known = {case.id: case for case in cases}
        seen = set()
        for entry in self._entries:
            if entry.subject not in subjects:
                yield f"no subject '{entry.subject}'"
            for endpoint in set(entry.endpoints) - LISTEN.keys():
                yield f"no endpoint '{endpoint}'"
            if not entry.reason.strip():
                yield f"no reason for {entry.cases}"
            for id in entry.cases:
                if id not in known:
                    yield f"no case '{id}'"
                    continue
                for key in entry.observed:
                    if key not in known[id].expected and not entry.is_refusal:
                        yield f"{id} has no '{key}'"
                    for endpoint in entry.endpoints:
                        if (id, entry.subject, endpoint, key) in seen:
                            yield f"{id} on {entry.subject} {endpoint}: '{key}' is in the table twice"
                        seen.add((id, entry.subject, endpoint, key))

    def is_refused(self, case: Case, place: Place):
        return any(entry.is_refusal for entry in self._for(case, place))

    def judge(self, case: Case, place: Place, observation):
        entries = self._for(case, place)
        reasons = [entry.reason for entry in entries]
        if observation.problem:
            return Verdict("fail", [observation.problem], reasons)

        listed = {key: value for entry in entries for key, value in entry.observed.items()}
        problems = [problem for problem in _compare(case.expected, listed, observation.values) if problem]
        if problems:
            return Verdict("fail", problems, reasons)
        if any(entry.is_refusal for entry in entries):
            return Verdict("refused", [], reasons)
        return Verdict("differs" if entries else "pass", [], reasons)

    def _for(self, case, place):
        return [entry for entry in self._entries
                if case.id in entry.cases and entry.subject == place.subject and place.endpoint in entry.endpoints]


def _compare(expected, listed, observed):
    if "refused" in observed or "failed" in observed:
        # It has not begun: there is nothing else to compare.
        expected, observed = {}, {key: value for key, value in observed.items() if key != "exit"}
    for key in sorted(expected.keys() | listed.keys() | observed.keys()):
        value = render(observed[key]) if key in observed else "(nothing)"
        if key in listed:
            if not _as_listed(listed[key], value):
                said = f"{key}: the table lists {listed[key]!r}, but it is {value!r}"
                yield f"{said}, as expected of every subject" if key in expected and equals(expected[key], observed.get(key)) else said
        elif key not in expected or not equals(expected[key], observed.get(key)):
            yield f"{key}: {value!r}, expected {describe(expected[key]) if key in expected else '(nothing)'!r}; not in the table"


def _as_listed(listed, value):
    """Sentences of refusals are patterns, everything else is as it is."""
    if isinstance(listed, str) and listed.startswith("~ "):
        return isinstance(value, str) and re.fullmatch(listed[2:], value) is not None
    return listed == value


def _listed(subjects):
    return [subjects] if isinstance(subjects, str) else subjects


def _holds(condition):
    """Whether a condition such as "<3.12" or ">=3.12" holds for the Python that runs."""
    if not condition:
        return True
    sign, version = re.fullmatch(r"(<|>=)(\d+\.\d+)", condition).groups()
    older = sys.version_info[:2] < tuple(map(int, version.split(".")))
    return older if sign == "<" else not older
