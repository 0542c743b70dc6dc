#!/usr/bin/env python3
"""Runs the tests of a Go module and prints a TAP point for each, subtests instead of those that have them.

usage: test.py GO MODULE [argument of go test]...
"""

import json
import subprocess
import sys


class Tests:
    def __init__(self):
        self.outcomes = {}  # (package, test) -> action
        self.output = {}
        self.builds = []

    def take(self, line):
        try:
            event = json.loads(line)
        except ValueError:
            self.builds.append(line.rstrip())
            return
        key = event.get("Package"), event.get("Test")
        action = event["Action"]
        if action == "output":
            self.output.setdefault(key, []).append(event["Output"].rstrip("\n"))
        elif action == "build-output":
            self.builds.append(event["Output"].rstrip("\n"))
        elif action in ("pass", "fail", "skip"):
            self.outcomes[key] = action

    def points(self):
        names = {key for key in self.outcomes if key[1]}
        parents = {(package, test.rsplit("/", 1)[0]) for package, test in names if "/" in test}
        unfinished = {key for key in self.output if key[1]} - names
        for key in sorted(names | unfinished):
            failed = self.outcomes.get(key, "fail") == "fail"
            # A parent counts when it fails by itself.
            if key not in parents or failed and not any(
                    self.outcomes[other] == "fail" for other in names if other[1].startswith(key[1] + "/")):
                yield key, "fail" if failed else self.outcomes[key]


def main():
    go, module, *arguments = sys.argv[1:]
    process = subprocess.Popen([go, "test", "-json", "-count=1", *arguments], cwd=module, stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, text=True, errors="replace")
    tests = Tests()
    for line in process.stdout:
        tests.take(line)
    status = process.wait()
    number, failed = 0, 0
    for number, ((package, test), action) in enumerate(tests.points(), 1):
        output = tests.output.get((package, test), [])
        if action == "fail":
            failed += 1
            print("\n".join("# " + line for line in output))
        reason = ""
        if action == "skip":
            reason = " # SKIP " + " ".join(line.strip() for line in output if not line.lstrip().startswith(("===", "---")))
        print(f"{'not ' if action == 'fail' else ''}ok {number} - {test}{reason}")
    if status and not failed:
        number += 1
        rest = [line for (_, test), lines in tests.output.items() if not test for line in lines]
        print("\n".join("# " + line for line in tests.builds + rest))
        print(f"not ok {number} - {' '.join([go, 'test', *arguments])}")
    print(f"1..{number}")
    return 1 if status else 0


if __name__ == "__main__":
    sys.exit(main())
