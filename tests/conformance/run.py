#!/usr/bin/env python3
"""Runs the conformance cases, the same steps against every subject, and compares with the table of expected differences.

    python3 tests/conformance/run.py --ours "dotnet PATH/ActorSockets.Conformance.Host.dll"
"""

import argparse
import concurrent.futures
import dataclasses
import json
import pathlib
import shlex
import sys

HERE = pathlib.Path(__file__).parent
sys.dont_write_bytecode = True
sys.path.insert(0, str(HERE))

import cases  # noqa: E402, F401: registers the cases
from harness.case import ALL, describe, render  # noqa: E402
from harness.differences import Table  # noqa: E402
from harness.endpoints import LISTEN  # noqa: E402
from harness.places import DRIVERS, OURS, Omissions, Place  # noqa: E402
from harness.run import observe  # noqa: E402

PYTHON = [sys.executable, "-B"]
SUBJECTS = {
    **dict.fromkeys(DRIVERS),
    "socketserver": [*PYTHON, str(HERE / "subjects" / "cpython_socketserver.py")],
    "asyncio": [*PYTHON, str(HERE / "subjects" / "cpython_asyncio.py")],
}


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ours", metavar="COMMAND", help="how our conformance host is started")
    parser.add_argument("--subject", action="append", choices=SUBJECTS, help="only this one (repeatable)")
    parser.add_argument("--endpoint", action="append", choices=LISTEN, help="only this one (repeatable)")
    parser.add_argument("--dispatcher", action="append", choices=sorted({place.dispatcher for place in OURS}), help="only this one (repeatable)")
    parser.add_argument("--case", action="append", metavar="ID", help="only this one (repeatable)")
    parser.add_argument("--json", metavar="FILE", help="write the results here as JSON")
    parser.add_argument("--list", action="store_true", help="only list the cases and where they run, as JSON")
    parser.add_argument("--each", action="store_true", help="run what standard input names, 'CASE SUBJECT ENDPOINT DISPATCHER' a line, and print each result as JSON")
    parser.add_argument("--jobs", type=int, default=1, help="so many at a time (default 1)")
    arguments = parser.parse_args()
    unknown = set(arguments.case or ()) - {case.id for case in ALL}
    if unknown:
        parser.error(f"no case {', '.join(sorted(unknown))}")
    arguments.subject = arguments.subject or [name for name, command in SUBJECTS.items() if command or arguments.ours]
    if any(SUBJECTS[name] is None for name in arguments.subject) and not arguments.ours:
        parser.error("--ours is missing")
    return arguments


def run(case, place, command, table):
    case = case.on(place.endpoint, **place.options)
    observation = observe(case, command)
    verdict = table.judge(case, place, observation)
    return {
        "case": case.id, **dataclasses.asdict(place), "title": case.title, "status": verdict.status,
        "expected": describe_all(case), "observed": render(observation.values), "measured": observation.measured,
        "problems": verdict.problems, "reasons": verdict.reasons,
        "errors": observation.errors if verdict.status == "fail" else "", "seconds": round(observation.seconds, 2),
    }


def describe_all(case):
    return {name: describe(value) for name, value in case.expected.items()}


def show(result):
    place = f"{result['subject']:12} {result['endpoint']:13} {result['dispatcher']:11}"
    line = f"{result['status']:8} {result['case']:16} {place} {result['seconds']:6.2f} s  {result['title']}"
    details = [*result["problems"], *(f"because {reason}" for reason in result["reasons"]), *result["errors"].splitlines()]
    print("\n".join([line, *(f"         | {line}" for detail in details for line in detail.splitlines())]), flush=True)


def main():
    arguments = parse()
    table, omissions = Table(HERE / "differences.toml"), Omissions(HERE / "README.md")
    pairs = [(case, place) for subject in arguments.subject for case in ALL for place in omissions.places(case, subject)
             if case.id in (arguments.case or [case.id]) and place.endpoint in (arguments.endpoint or [place.endpoint])
             and place.dispatcher in (arguments.dispatcher or [place.dispatcher])]
    if arguments.list:
        json.dump([{"case": case.id, **dataclasses.asdict(place), "refused": table.is_refused(case, place)} for case, place in pairs], sys.stdout)
        return 0

    wrong = [*(f"differences.toml: {problem}" for problem in table.check(ALL, SUBJECTS)), *(f"README.md: {problem}" for problem in omissions.check(ALL))]
    commands = SUBJECTS | dict.fromkeys(DRIVERS, shlex.split(arguments.ours or ""))
    if arguments.each:
        by_id = {case.id: case for case in ALL}
        for id, *place in map(str.split, sys.stdin):
            place = Place(*place)
            result = run(by_id[id], place, commands[place.subject], table)
            print(json.dumps(result | {"problems": wrong + result["problems"]}), flush=True)
        return 0

    for problem in wrong:
        print(problem)
    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        results = []
        for result in pool.map(lambda pair: run(*pair, commands[pair[1].subject], table), pairs):
            show(result)
            results.append(result)

    if arguments.json:
        pathlib.Path(arguments.json).write_text(json.dumps({"tables": wrong, "results": results}, indent=1) + "\n")
    counts = {status: sum(result["status"] == status for result in results) for status in ("pass", "differs", "refused", "fail")}
    print(", ".join(f"{count} {status}" for status, count in counts.items()))
    return 1 if counts["fail"] or wrong else 0


if __name__ == "__main__":
    sys.exit(main())
