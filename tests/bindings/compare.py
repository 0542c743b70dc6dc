#!/usr/bin/env python3
"""Plays the scenario on every database, with every cache, and compares the traces with the expected ones. Prints TAP.

Then it plays steps that are made at random, and compares with what play.py says to them.

usage: compare.py [--write] [--on DATABASE] [--seed N] PLAYER...
       compare.py --self-test

PLAYER... is a command; it gets the path of the scenario and the URL of an empty database. --write: the traces become
the expected ones.
"""

import argparse
import contextlib
import itertools
import json
import pathlib
import random
import subprocess
import sys
import tempfile

import places
import random_steps

HERE = pathlib.Path(__file__).resolve().parent
SCENARIO = HERE / "scenario.json"
CACHES = {"sqlite": ["memory", "off"], "postgres": ["off", "memory", "redis"], "mysql": ["off", "memory", "redis"]}
PLAYER_SECONDS = 120
RANDOM_STEPS = 250
REFERENCE = [sys.executable, HERE / "play.py"]
SHOWN = 300


def main():
    options = parse_options()
    if options.self_test:
        return self_test()
    runs = list(all_runs(options))
    failed = 0
    for number, (database, cache, seed) in enumerate(runs, 1):
        name = f"{number} - {database}, cache {cache}" + (f", random steps of seed {seed}" if seed else "")
        if reason := places.missing(database, cache):
            print(f"ok {name} # SKIP {reason}", flush=True)
            continue
        wrong = run_random(options, database, cache, seed) if seed else run(options, database, cache)
        failed += bool(wrong)
        print(f"{'not ok' if wrong else 'ok'} {name}", flush=True)
        for line in wrong:
            print("# " + line, flush=True)
    print(f"1..{len(runs)}")
    return 1 if failed else 0


def all_runs(options):
    """Databases, caches, and seeds of random steps, 0 for the scenario."""
    databases = [options.on] if options.on else list(CACHES)
    for database in databases:
        for cache in CACHES[database][:1] if options.write else CACHES[database]:
            yield database, cache, 0
    for database in [] if options.write else databases:
        yield database, CACHES[database][-1], options.seed or random.randrange(1, 2**32)


def parse_options():
    parser = argparse.ArgumentParser()
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--self-test", action="store_true", help="tests the expected traces, and this program")
    parser.add_argument("--on", choices=list(CACHES))
    parser.add_argument("--seed", type=int, help="of the random steps")
    parser.add_argument("player", nargs=argparse.REMAINDER)
    return parser.parse_args()


def expected_path(database):
    return HERE / "expected" / f"{database}.trace"


def play(player, scenario, database, cache):
    """What a player printed, and what else is wrong with it."""
    with places.place(database, cache) as url:
        try:
            command = [*map(str, player), str(scenario), url]
            played = subprocess.run(command, capture_output=True, timeout=PLAYER_SECONDS)
        except subprocess.TimeoutExpired:
            return b"", [f"the player did not end within {PLAYER_SECONDS} seconds"]
    said = played.stderr.decode(errors="replace").splitlines()[-20:]
    return played.stdout, [f"the player left with {played.returncode}", *said] if played.returncode != 0 else []


def run(options, database, cache):
    """What is wrong with the player's trace, as lines."""
    trace, wrong = play(options.player, SCENARIO, database, cache)
    if options.write:
        expected_path(database).write_bytes(trace)
    return difference(expected_path(database).read_bytes(), trace, steps_of(SCENARIO)) + wrong


def run_random(options, database, cache, seed):
    """The same for random steps, where the player in Python says what is right."""
    with random_scenario(seed) as (scenario, steps):
        expected, failed = play(REFERENCE, scenario, database, cache)
        trace, wrong = play(options.player, scenario, database, cache)
    return failed or difference(expected, trace, steps) + wrong


@contextlib.contextmanager
def random_scenario(seed):
    """A file with a scenario of random steps, and the steps."""
    models = json.loads(SCENARIO.read_text(encoding="utf-8"))["models"]
    steps = random_steps.Steps(seed).make(RANDOM_STEPS)
    with tempfile.TemporaryDirectory() as folder:
        scenario = pathlib.Path(folder) / "scenario.json"
        # Without blanks: a player that passes documents on as they stand prints the same as one that has them parsed.
        text = json.dumps({"models": models, "steps": steps}, ensure_ascii=False, separators=(",", ":"))
        scenario.write_text(text, encoding="utf-8")
        yield scenario, steps


def difference(expected, found, steps):
    """The first line that differs, with its step."""
    pairs = itertools.zip_longest(expected.split(b"\n"), found.split(b"\n"))
    for want, got in pairs:
        if want != got:
            number = number_of(want or got)
            return [f"step {number}: {json.dumps(without_steps(step_of(number, steps)), ensure_ascii=False)[:SHOWN]}",
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


def steps_of(scenario):
    return json.loads(scenario.read_text(encoding="utf-8"))["steps"]


def step_of(number, steps):
    """The step of a line's number; {} for what is no number."""
    step = {}
    for part in number.split("."):
        if not part.isdigit() or not 0 < int(part) <= len(steps):
            return {}
        step = steps[int(part) - 1]
        steps = step.get("steps", [])
    return step


def without_steps(step):
    return {key: value for key, value in step.items() if key != "steps"}


def self_test():
    traces = {database: expected_path(database).read_bytes().split(b"\n") for database in CACHES}
    points = {
        "databases differ where the scenario says so, and nowhere else": undeclared(traces),
        "a trace with another byte is told from the right one": overlooked(traces["sqlite"]),
    }
    seed = random.randrange(1, 2**32)
    points[f"databases do not differ in random steps of seed {seed}"] = random_differences(seed)
    for number, (name, wrong) in enumerate(points.items(), 1):
        print(f"{'not ok' if wrong else 'ok'} {number} - {name}")
        for line in wrong:
            print("# " + line)
    print(f"1..{len(points)}")
    return 1 if any(points.values()) else 0


def random_differences(seed):
    """What servers that there are answer in another way than SQLite."""
    with random_scenario(seed) as (scenario, steps):
        right, wrong = play(REFERENCE, scenario, "sqlite", "off")
        for database in (database for database in places.SERVERS if not places.missing(database)):
            trace, failed = play(REFERENCE, scenario, database, "off")
            wrong += failed + [f"{database}: {line}" for line in difference(right, trace, steps)]
    return wrong


def undeclared(traces):
    """Steps that differ and do not say so, and the other way round."""
    steps, different, numbers = steps_of(SCENARIO), {}, [number_of(line) for line in traces["sqlite"]]
    for database, lines in traces.items():
        if [number_of(line) for line in lines] != numbers:
            return [f"{database} has other steps than sqlite"]
        different |= {number: database for number, a, b in zip(numbers, traces["sqlite"], lines) if a != b}
    declared = {number for number in numbers if "differs" in step_of(number, steps)}
    return ([f"step {number} differs on {different[number]}" for number in sorted(set(different) - declared)] +
            [f"step {number} says that databases differ" for number in sorted(declared - set(different))])


def number_of(line):
    return line.split(b" ")[0].decode()


def overlooked(lines):
    """Changes of a trace that the comparison does not find: another byte, a line less, a line more."""
    right = b"\n".join(lines)
    changed = {"another byte": right.replace(b" OK ", b" 0K ", 1), "a line less": b"\n".join(lines[:5] + lines[6:]),
               "a line more": right + b"1 OK null\n"}
    return [what for what, trace in changed.items() if not difference(right, trace, [])]


if __name__ == "__main__":
    sys.exit(main())
