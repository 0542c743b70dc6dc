#!/usr/bin/env python3
"""Lets workers in several languages read and write the same rows through one cache, and checks their joint history.

usage: together.py [--seconds N] [--on DATABASE] [--stale LANGUAGE] --worker LANGUAGE COMMAND... [--worker ...]

Prints TAP. README.md says what a worker does. --stale: that language's worker keeps copies that it never drops, which
has to be noticed.
"""

import contextlib
import json
import os
import pathlib
import subprocess
import sys
import threading
import time

import history
import places
import thing_ctypes

HERE = pathlib.Path(__file__).resolve().parent
MODELS = HERE / "together.json"
DATABASES = ["postgres", "mysql"]
ROUND_SECONDS, MORE_ROUNDS = 20, 4
PATIENCE = 60
OPTIONS = ("--worker", "--seconds", "--on", "--stale")
FORGIVEN = {"E_BUSY", "E_SERIALIZATION", "E_CONFLICT"}


def main():
    options = Options(sys.argv[1:])
    failed = number = 0
    for database in options.databases:
        for name, point in points(options, database):
            number += 1
            if reason := places.missing(database, "redis"):
                print(f"ok {number} - {name} # SKIP {reason}", flush=True)
                continue
            notes, wrong = point()
            failed += bool(wrong)
            print(f"{'not ok' if wrong else 'ok'} {number} - {name}", flush=True)
            for line in notes + wrong:
                print("# " + line, flush=True)
    print(f"1..{number}")
    return 1 if failed else 0


class Options:
    """What the command line says; words behind --worker belong to that worker."""

    def __init__(self, words):
        self.seconds = float(os.environ.get("THING_TOGETHER_SECONDS", "2"))
        self.databases, self.stale, self.workers = DATABASES, None, {}
        words = list(words)
        while words:
            word = words.pop(0)
            if word == "--worker":
                language, command = words.pop(0), []
                while words and words[0] not in OPTIONS:
                    command.append(words.pop(0))
                self.workers[language] = command
            elif word in OPTIONS and words:
                value = words.pop(0)
                self.seconds = float(value) if word == "--seconds" else self.seconds
                self.databases = [value] if word == "--on" else self.databases
                self.stale = value if word == "--stale" else self.stale
            else:
                sys.exit(__doc__)
        if not self.workers or (self.stale and self.stale not in self.workers):
            sys.exit(__doc__)


def points(options, database):
    """Names of tests, and functions that give notes and what is wrong."""
    languages = ", ".join(options.workers)
    if options.stale:
        yield (f"a copy that {options.stale} never drops is found on {database}",
               lambda: find_stale(options, database))
        return
    yield f"nobody reads what is older than a write that returned: {languages} on {database}", \
        lambda: check(options, database)


def rounds(seconds, is_enough):
    """How long each round takes. On a machine that is busy elsewhere little may happen, so a few more may follow."""
    left = seconds
    while left > 0:
        yield min(left, ROUND_SECONDS)
        left -= ROUND_SECONDS
    for _ in range(MORE_ROUNDS):
        if is_enough():
            return
        seconds = min(max(1, 2 * seconds), ROUND_SECONDS)
        yield seconds


def check(options, database):
    """What the histories of all rounds have wrong, and the sums of what was done."""
    wrong, sums = [], {language: history.Sum() for language in options.workers}
    for seconds in rounds(options.seconds, lambda: wrong or all(each.hits and each.foreign for each in sums.values())):
        logs, failures = play(options, database, seconds)
        wrong += failures or history.violations(logs)
        foreign = history.foreign_reads(logs)
        for language, log in logs.items():
            sums[language].add(log, foreign[language])
    wrong += [f"{language} had nothing from the cache" for language, each in sums.items() if each.hits == 0]
    wrong += [f"{language} saw nothing that others wrote" for language, each in sums.items() if each.foreign == 0]
    return [f"{language}: {each}" for language, each in sums.items()], wrong[:20]


def find_stale(options, database):
    """Whether that worker's reads, and nobody else's, are found to be old."""
    found = []
    for seconds in rounds(options.seconds, lambda: found):
        logs, failures = play(options, database, seconds)
        if failures:
            return [], failures
        found += history.violations(logs)
    others = [line for line in found if not line.startswith(f"{options.stale}:")]
    if others or not found:
        return [], others or ["no violation was found"]
    return [f"{len(found)} violations, as should be"], []


def play(options, database, seconds):
    """What the workers logged by language, and what went wrong otherwise."""
    with places.place(database, "redis") as url:
        make_tables(url)
        processes = {}
        try:
            for number, (language, command) in enumerate(options.workers.items(), 1):
                stale = ["stale"] if language == options.stale else []
                processes[language] = subprocess.Popen(
                    [*command, str(MODELS), url, str(seconds), str(number), *stale],
                    stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8")
            if late := those_not_ready(processes):
                return {}, [f"the worker in {language} did not get ready" for language in late]
            return collect(processes, seconds)
        finally:
            for process in processes.values():
                process.kill()
                process.wait()


def those_not_ready(processes):
    """The languages of workers that end, or take too long, before they are ready."""
    watchdog = threading.Timer(PATIENCE, lambda: [process.kill() for process in processes.values()])
    watchdog.start()
    try:
        return [language for language, process in processes.items() if process.stdout.readline() != "ready\n"]
    finally:
        watchdog.cancel()


def collect(processes, seconds):
    """Lets all begin at once; their logs, and failures."""
    begin = time.monotonic_ns()
    for process in processes.values():
        with contextlib.suppress(BrokenPipeError):  # one that has died is told of below
            process.stdin.write("go\n")
            process.stdin.flush()
    logs, failures = {}, []
    for language, process in processes.items():
        try:
            printed, _ = process.communicate(timeout=seconds + PATIENCE)
        except subprocess.TimeoutExpired:
            failures.append(f"the worker in {language} did not end")
            continue
        if process.returncode != 0:
            failures.append(f"the worker in {language} left with {process.returncode}")
            continue
        try:
            logs[language] = history.Log(printed)
        except ValueError as error:
            failures.append(f"the worker in {language} printed what is no line: {error}")
            continue
        if not logs[language].is_within(begin, time.monotonic_ns()):
            failures.append(f"the worker in {language} goes by another clock")
        failures += [f"{language}: {what} failed by {name}, {count} times"
                     for (what, name), count in logs[language].failures.items()
                     if name not in FORGIVEN or (name == "E_CONFLICT" and what != "save")]
    return logs, failures


def make_tables(url):
    """As the first of those who share the cache."""
    thing = thing_ctypes.load()
    db = thing.open(url)
    models = MODELS.read_bytes()
    thing.call(thing.thing_model_register, db, models, len(models))
    thing.call(thing.thing_schema_sync, db, None)
    for row in range(1, history.ROWS + 1):
        create(thing, db, b"Tally", {"id": row, "grp": row % history.GROUPS})
        create(thing, db, b"Page", {"id": row, "text": ""})
    thing.thing_close(db)


def create(thing, db, model, data):
    obj = thing_ctypes.Handle(thing.thing_obj_new(thing.thing_model_find(db, model, -1)))
    thing.call(thing.thing_obj_assign_json, obj, json.dumps(data).encode(), -1)
    thing.call(thing.thing_save, db, None, obj)
    thing.thing_obj_free(obj)


if __name__ == "__main__":
    sys.exit(main())
