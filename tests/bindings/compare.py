#!/usr/bin/env python3
"""Plays the scenario on every database, with every cache, and compares the traces with those that are expected. Prints TAP.

usage: compare.py [--write] [--on DATABASE] PLAYER...

PLAYER... is a command; it gets the path of the scenario and the URL of an empty database. --write: the traces become the expected ones.
"""

import argparse
import difflib
import itertools
import json
import pathlib
import subprocess
import sys

import places

HERE = pathlib.Path(__file__).resolve().parent
SCENARIO = HERE / "scenario.json"
CACHES = {"sqlite": ["memory", "off"], "postgres": ["off", "memory", "redis"], "mysql": ["off", "memory", "redis"]}
PLAYER_SECONDS = 120
SHOWN = 300


def main():
    options = parse_options()
    if options.self_test:
        return self_test()
    databases = [options.on] if options.on else list(CACHES)
    runs = [(database, cache) for database in databases for cache in (CACHES[database][:1] if options.write else CACHES[database])]
    failed = 0
    for number, (database, cache) in enumerate(runs, 1):
        name = f"{number} - {database}, cache {cache}"
        if reason := places.missing(database, cache):
            print(f"ok {name} # SKIP {reason}", flush=True)
            continue
        wrong = run(options, database, cache)
        failed += bool(wrong)
        print(f"{'not ok' if wrong else 'ok'} {name}", flush=True)
        for line in wrong:
            print("# " + line, flush=True)
    print(f"1..{len(runs)}")
    return 1 if failed else 0


def parse_options():
    parser = argparse.ArgumentParser()
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--self-test", action="store_true", help="that expected traces differ only where the scenario says so")
    parser.add_argument("--on", choices=list(CACHES))
    parser.add_argument("player", nargs=argparse.REMAINDER)
    return parser.parse_args()


def expected_path(database):
    return HERE / "expected" / f"{database}.trace"


def run(options, database, cache):
    """What is wrong with the player's trace, as lines."""
    with places.place(database, cache) as url:
        try:
            played = subprocess.run([*options.player, str(SCENARIO), url], capture_output=True, timeout=PLAYER_SECONDS)
        except subprocess.TimeoutExpired:
            return [f"the player did not end within {PLAYER_SECONDS} seconds"]
    if options.write:
        expected_path(database).write_bytes(played.stdout)
    wrong = difference(expected_path(database).read_bytes(), played.stdout)
    if played.returncode != 0:
        wrong.append(f"the player left with {played.returncode}")
    if wrong:
        wrong += played.stderr.decode(errors="replace").splitlines()[-20:]
    return wrong


def difference(expected, found):
    """The first line that differs, with its step."""
    pairs = itertools.zip_longest(expected.split(b"\n"), found.split(b"\n"))
    for want, got in pairs:
        if want != got:
            number = (want or got).split(b" ")[0].decode()
            return [f"step {number}: {json.dumps(without_steps(step_of(number)), ensure_ascii=False)[:SHOWN]}",
                    f"expected {shown(want, got)}", f"found    {shown(got, want)}"]
    return []


def shown(line, other):
    """A line from a little before where it differs from the other."""
    if line is None:
        return "nothing more"
    text, same = line.decode(errors="backslashreplace"), (other or b"").decode(errors="backslashreplace")
    at = next((i for i, (a, b) in enumerate(zip(text, same)) if a != b), min(len(text), len(same)))
    start = max(0, at - SHOWN // 2)
    return ("..." if start else "") + text[start:start + SHOWN]


def step_of(number):
    """The step of a line's number; {} for what is no number."""
    steps, step = json.loads(SCENARIO.read_text(encoding="utf-8"))["steps"], {}
    for part in number.split("."):
        if not part.isdigit() or not 0 < int(part) <= len(steps):
            return {}
        step = steps[int(part) - 1]
        steps = step.get("steps", [])
    return step


def without_steps(step):
    return {key: value for key, value in step.items() if key != "steps"}


def self_test():
    """The databases differ in the steps that say so, and in no others; a trace with a changed byte is told from the right one."""
    traces = {database: expected_path(database).read_bytes().split(b"\n") for database in CACHES}
    first, failed = traces["sqlite"], []
    for database, lines in traces.items():
        if len(lines) != len(first):
            failed.append(f"{database} has {len(lines)} lines, sqlite {len(first)}")
        for want, got in zip(first, lines):
            number = got.split(b" ")[0].decode()
            if want != got and "differs" not in step_of(number):
                failed.append(f"{database}, step {number}: " + "".join(list(difflib.ndiff([want.decode()], [got.decode()]))[0:4]))
    different = {got.split(b" ")[0].decode() for lines in traces.values() for want, got in zip(first, lines) if want != got}
    for number in sorted({line.split(b" ")[0].decode() for line in first} - different):
        if "differs" in step_of(number):
            failed.append(f"step {number} says that databases differ, and they do not")
    broken = b"\n".join(first).replace(b'"retryable":false', b'"retryable":true', 1)
    if not difference(b"\n".join(first), broken):
        failed.append("a changed byte was not found")
    print("not ok 1 - databases differ where the scenario says so" if failed else "ok 1 - databases differ where the scenario says so")
    for line in failed:
        print("# " + line)
    print("1..1")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
