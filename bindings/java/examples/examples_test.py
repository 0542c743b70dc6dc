#!/usr/bin/env python3
"""Runs the examples in Java, which have to print to the byte what those in C print. Prints TAP.

usage: examples_test.py FOLDER_OF_C JAVA ARGUMENT...
"""

import pathlib
import subprocess
import sys

NAMES = ["actions", "hooks", "relations", "transactions"]


def run(command):
    done = subprocess.run(command, capture_output=True, timeout=120)
    return done.stdout, done.stderr.decode(errors="replace") if done.returncode else ""


def main():
    folder, java = pathlib.Path(sys.argv[1]), sys.argv[2:]
    failures = 0
    for number, name in enumerate(NAMES, 1):
        expected, wrong = run([folder / name])
        found, failed = run([*java, name.capitalize()])
        is_same = not wrong and not failed and found == expected
        failures += not is_same
        print(f"{'ok' if is_same else 'not ok'} {number} - {name} print what those in C print")
        for line in [] if is_same else (wrong + failed + found.decode(errors="replace")).splitlines()[-30:]:
            print("# " + line)
    print(f"1..{len(NAMES)}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
