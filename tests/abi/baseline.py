#!/usr/bin/env python3
"""Compares the binary interface of the shared library with the committed baseline, or writes that baseline:
thing.abi (functions and types, by libabigail) and thing.constants (the values of the enums of thing.h).

usage: baseline.py check|write LIBRARY INCLUDE_DIR
"""

import pathlib
import shutil
import subprocess
import sys

import header

BASELINE = pathlib.Path(__file__).with_name("thing.abi")
CONSTANTS = pathlib.Path(__file__).with_name("thing.constants")
HOW_TO_UPDATE = "when the change is wanted: run tests/abi/update_baseline and commit what it wrote"
SKIP = 77


def write(library, include_dir):
    CONSTANTS.write_text(header.constants(f"{include_dir}/thing.h"), encoding="utf-8")
    # Types that thing.h keeps opaque are dropped, so that the baseline changes only when thing.h does.
    return subprocess.run([
        "abidw", "--headers-dir", include_dir, "--drop-private-types", "--exported-interfaces-only",
        "--no-architecture", "--no-corpus-path", "--no-comp-dir-path", "--no-show-locs", "--no-elf-needed",
        "--type-id-style", "hash", "--out-file", str(BASELINE), library]).returncode


def check(library, include_dir):
    if not shutil.which("abidiff"):
        print("abidiff is not installed (abigail-tools)")
        return SKIP
    for file in (BASELINE, CONSTANTS):
        if not file.exists():
            print(f"tests/abi/{file.name} is missing; {HOW_TO_UPDATE}")
            return 1
    changed = constants_changed(include_dir) + interface_changed(library, include_dir)
    for what in changed:
        print(f"{what}; {HOW_TO_UPDATE}")
    return 1 if changed else 0


def constants_changed(include_dir):
    committed = CONSTANTS.read_text(encoding="utf-8").splitlines()
    current = header.constants(f"{include_dir}/thing.h").splitlines()
    return [f"thing.h: {line} is new, gone, or another value" for line in sorted(set(committed) ^ set(current))]


def interface_changed(library, include_dir):
    status = subprocess.run([
        "abidiff", "--headers-dir2", include_dir, "--drop-private-types", "--exported-interfaces-only",
        "--no-architecture", str(BASELINE), library]).returncode
    return [f"the binary interface is not the committed one (abidiff: {status})"] if status else []


def main():
    action, library, include_dir = sys.argv[1:]
    return {"check": check, "write": write}[action](library, include_dir)


if __name__ == "__main__":
    sys.exit(main())
