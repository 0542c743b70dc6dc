#!/usr/bin/env python3
"""Every test that a list of cases names is there.

usage: check_cases.py ROOT

A name is `Suite.Test`, `Suite.*`, or `Suite.Beginning_...`; within a cell `Test` alone is of the suite named last.
"""

import pathlib
import re
import sys

LISTS = ("tests/conformance/CASES.md", "tests/conformance/OBJECT_CASES.md")
NAME = re.compile(r"`([A-Z]\w+)\.(\*|\w+(?:\.\.\.)?)`|`([A-Z]\w*[a-z]\w*(?:_\.\.\.)?)`")


def tests_of(root):
    found = set()
    for path in sorted((root / "tests").rglob("*.cc")):
        found.update(re.findall(r"^TEST(?:_P|_F)?\((\w+),\s*(\w+)\)", path.read_text(), re.M))
    return found


def is_there(suite, name, tests):
    if name == "*":
        return any(s == suite for s, _ in tests)
    if name.endswith("..."):
        return any(s == suite and t.startswith(name[:-3]) for s, t in tests)
    return (suite, name) in tests


def missing_of(text, tests):
    for number, line in enumerate(text.splitlines(), 1):
        if not line.startswith("|"):
            continue
        suite = None
        for match in NAME.finditer(line):
            suite = match[1] or suite
            name = match[2] or match[3]
            if suite is None or (match[3] and suite is None):
                continue
            if not is_there(suite, name, tests):
                yield number, f"{suite}.{name}"


def main():
    root = pathlib.Path(sys.argv[1])
    tests = tests_of(root)
    failures = 0
    for name in LISTS:
        for number, test in missing_of((root / name).read_text(), tests):
            print(f"{name}:{number}: there is no test {test}")
            failures += 1
    # A list that names nothing would pass.
    if failures == 0 and not list(missing_of("| `Nobody.Knows` |", tests)):
        print("the check finds nothing")
        failures = 1
    return failures != 0


if __name__ == "__main__":
    sys.exit(main())
