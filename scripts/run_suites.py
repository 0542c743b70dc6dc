#!/usr/bin/env python3
"""Builds what the given suites need, runs their tests and counts single cases, not programs.

A GoogleTest program counts its cases, a TAP program its points, any other test one. A program that
crashes, runs out of time or leaves with an error besides its failed cases counts one failure more.

usage: run_suites.py BUILD_DIR [--suite NAME]... [--timeout SECONDS] [--label NAME] [--tally FILE]
                     [--fixed-addresses]
"""

import argparse
import collections
import concurrent.futures
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree

SKIP_STATUS = 77
TAIL_LINES = 60
TAIL_WIDTH = 2000
TAP_POINT = re.compile(r"^(not )?ok\b(?:\s+\d+)?\s*(?:-\s*)?([^#]*)(?:#\s*(\w+)\s*(.*))?", re.I)
GTEST_START = "[==========] Running"
GTEST_DONE = re.compile(r"^\[       OK \] ", re.M)

# What became of one test program: failed and skipped hold a line a case.
Outcome = collections.namedtuple("Outcome", "passed failed skipped")


def main():
    options = parse_options()
    build = pathlib.Path(options.build).resolve()
    label = options.label or build.name
    tests = None
    if subprocess.run(["ninja", "-C", str(build), "build.ninja"], stdout=subprocess.DEVNULL).returncode == 0:
        tests = wanted_tests(build, options.suite)
    if tests is None or not built(build, tests, options.suite):
        print(f"FAIL  {label}: the build")
        return finish(label, [Outcome(0, ["build"], [])], options.tally)
    return finish(label, run_all(build, tests, options), options.tally)


def parse_options():
    parser = argparse.ArgumentParser()
    parser.add_argument("build")
    parser.add_argument("--suite", action="append", default=[], help="one suite; default: all")
    parser.add_argument("--timeout", type=int, default=600, help="seconds for one program")
    parser.add_argument("--label", help="the name of the build in messages")
    parser.add_argument("--tally", help="a file that receives the line 'LABEL PASSED FAILED SKIPPED'")
    parser.add_argument("--fixed-addresses", action="store_true",
                        help="without address randomisation, which the thread sanitizer may not survive")
    return parser.parse_args()


def jobs():
    return int(os.environ.get("JOBS") or len(os.sched_getaffinity(0)))


# ---- what to build and run


def introspect(build, what):
    command = ["meson", "introspect", f"--{what}", str(build)]
    return json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)


def suites_of(test):
    return {suite.split(":")[-1] for suite in test["suite"]}


def wanted_tests(build, suites):
    return [test for test in introspect(build, "tests") if not suites or suites_of(test) & set(suites)]


def built(build, tests, suites):
    """Builds everything, or only what the tests of some suites depend on."""
    command = ["ninja", "-C", str(build), "-k", "0", f"-j{jobs()}"]
    if suites:
        needed = {name for test in tests for name in test["depends"]}
        files = [file for target in introspect(build, "targets") if target["id"] in needed
                 for file in target["filename"]]
        if not files:
            return True
        command += [os.path.relpath(file, build) for file in files]
    log = build / "build.log"
    with log.open("w", encoding="utf-8") as out:
        status = subprocess.run(command, stdout=out, stderr=subprocess.STDOUT).returncode
    if status:
        print(tail(log.read_text(encoding="utf-8", errors="replace")))
    return status == 0


# ---- running


def run_all(build, tests, options):
    results = build / "test-results"
    shutil.rmtree(results, ignore_errors=True)
    results.mkdir()
    prefix = fixed_addresses() if options.fixed_addresses else []
    tests.sort(key=lambda test: -test["priority"])
    together = [test for test in tests if test["is_parallel"]]
    alone = [test for test in tests if not test["is_parallel"]]
    with tempfile.TemporaryDirectory(prefix="thing-") as scratch:
        # Servers that tests start may run as other users, who have to get through.
        os.chmod(scratch, 0o711)

        def run(numbered):
            number, test = numbered
            test["workdir"] = test["workdir"] or str(build)
            return run_one(test, results / f"{number:03}", pathlib.Path(scratch) / str(number), prefix, options.timeout)

        with concurrent.futures.ThreadPoolExecutor(jobs()) as pool:
            outcomes = list(pool.map(run, enumerate(together)))
        return outcomes + [run(numbered) for numbered in enumerate(alone, len(together))]


def fixed_addresses():
    command = ["setarch", os.uname().machine, "-R"]
    try:
        works = subprocess.run([*command, "true"], stderr=subprocess.DEVNULL).returncode == 0
    except OSError:
        works = False
    return command if works else []


def run_one(test, stem, scratch, prefix, timeout):
    scratch.mkdir()
    report, log = stem.with_suffix(".xml"), stem.with_suffix(".log")
    env = {**os.environ, **test["env"], "TMPDIR": str(scratch), "GTEST_OUTPUT": f"xml:{report}", "GTEST_COLOR": "no"}
    started = time.monotonic()
    status, problem = run_command(prefix + test["cmd"], test["workdir"], env, log, max(timeout, test["timeout"]))
    seconds = time.monotonic() - started
    shutil.rmtree(scratch, ignore_errors=True)
    output = log.read_text(encoding="utf-8", errors="replace")
    outcome = count(test, status, problem, report, output)
    print(describe(test, outcome, seconds, output), flush=True)
    return outcome


def run_command(command, workdir, env, log, timeout):
    """The exit status, and what went wrong when the program did not leave by itself."""
    with log.open("w", encoding="utf-8") as out:
        try:
            process = subprocess.Popen(command, cwd=workdir, env=env, stdin=subprocess.DEVNULL, stdout=out,
                                       stderr=subprocess.STDOUT, start_new_session=True)
        except OSError as error:
            return 1, str(error)
        try:
            status = process.wait(timeout)
        except subprocess.TimeoutExpired:
            end_group(process.pid)
            process.wait()
            return 1, f"no end after {timeout} s"
        end_group(process.pid)
    return status, f"killed by {signal.Signals(-status).name}" if status < 0 else None


def end_group(group):
    """What a program that crashed started goes with it."""
    try:
        os.killpg(group, signal.SIGKILL)
    except ProcessLookupError:
        pass


# ---- counting


def count(test, status, problem, report, output):
    if report.exists() or GTEST_START in output:
        outcome = count_gtest(report, output)
    elif test["protocol"] == "tap":
        outcome = count_tap(output)
    elif status == SKIP_STATUS:
        return Outcome(0, [], [last_line(output)])
    else:
        outcome = Outcome(int(status == 0), [], [])
    if problem or (status and not outcome.failed):
        outcome.failed.append(problem or f"exit status {status}")
    elif not outcome.failed and GTEST_START in output and not report.exists():
        outcome.failed.append("it ended before its report")
    if outcome == Outcome(0, [], []):
        outcome.failed.append("not one case ran")
    return outcome


def count_gtest(report, output):
    """Counts the report; a program that crashed left none, but said which cases had passed."""
    try:
        cases = xml.etree.ElementTree.parse(report).iter("testcase")
    except (OSError, xml.etree.ElementTree.ParseError):
        return Outcome(len(GTEST_DONE.findall(output)), [], [])
    passed, failed, skipped = 0, [], []
    for case in cases:
        name = f"{case.get('classname')}.{case.get('name')}"
        if case.get("status") != "run":
            continue
        if case.find("failure") is not None:
            failed.append(name)
        elif (skip := case.find("skipped")) is not None:
            skipped.append(f"{name}: {last_line(skip.get('message', ''))}")
        else:
            passed += 1
    return Outcome(passed, failed, skipped)


def count_tap(output):
    passed, failed, skipped, plan, points = 0, [], [], None, 0
    for line in output.splitlines():
        if match := re.match(r"1\.\.(\d+)", line):
            plan = int(match[1])
        elif match := TAP_POINT.match(line):
            points += 1
            negative, name, directive, reason = match.groups()
            if (directive or "").upper() == "SKIP":
                skipped.append(f"{name.strip()}: {reason}")
            elif negative:
                failed.append(name.strip())
            else:
                passed += 1
    if plan != points:
        failed.append(f"the plan says {plan} points, {points} came")
    return Outcome(passed, failed, skipped)


# ---- telling


def last_line(text):
    lines = text.strip().splitlines()
    return lines[-1].strip() if lines else "no reason given"


def tail(output):
    lines = [line if len(line) <= TAIL_WIDTH else line[:TAIL_WIDTH] + " ..." for line in output.splitlines()]
    return "\n".join("    | " + line for line in lines[-TAIL_LINES:])


def told_by_failed_cases(output):
    """What GoogleTest printed of the cases that failed, where it came to their ends; else all."""
    told, case = [], []
    for line in output.splitlines():
        if line.startswith("[ RUN "):
            case = [line]
        elif case:
            case.append(line)
            if line.startswith("[  FAILED  ]"):
                told += case
            if line.startswith(("[  FAILED  ]", "[       OK ]", "[  SKIPPED ]")):
                case = []
    if not told:
        return output
    # Of a crash, and of sanitizers, the end tells.
    has_more = case or re.search(r"Sanitizer|runtime error:", output)
    return "\n".join(told + (output.splitlines()[-TAIL_LINES // 2:] if has_more else []))


def describe(test, outcome, seconds, output):
    word = "FAIL" if outcome.failed else "ok" if outcome.passed else "skip"
    name = "/".join(sorted(suites_of(test)) + [test["name"]])
    lines = [f"{word:5} {name} ({outcome.passed} passed, {seconds:.1f} s)"]
    lines += [f"      skipped: {skip}" for skip in outcome.skipped]
    if outcome.failed:
        lines += [f"      failed: {name}" for name in outcome.failed] + [tail(told_by_failed_cases(output))]
    return "\n".join(lines)


def finish(label, outcomes, tally):
    passed = sum(outcome.passed for outcome in outcomes)
    failed, skipped = (sum(len(outcome[i]) for outcome in outcomes) for i in (1, 2))
    print(f"{label}: {passed} passed, {failed} failed, {skipped} skipped")
    if tally:
        with open(tally, "a", encoding="utf-8") as file:
            file.write(f"{label} {passed} {failed} {skipped}\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
