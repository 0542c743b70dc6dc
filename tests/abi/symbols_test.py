#!/usr/bin/env python3
"""The shared library exports what thing.h declares, and asks for nothing that ends the process.

usage: symbols_test.py LIBRARY HEADER VERSION
"""

import subprocess
import sys

import header
import tap

# Direct calls only: the C++ run-time library ends the process by itself when an exception meets a noexcept function.
PROCESS_ENDERS = {"exit", "_exit", "_Exit", "quick_exit", "abort"}


def dynamic_symbols(library, which):
    """The dynamic symbols by name; the name of a version node, of type A, is none."""
    command = ["nm", "-D", which, library]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    rows = [line.split() for line in lines]
    return {row[-1].split("@")[0] for row in rows if row[-2] != "A"}


def differences(exported, declared):
    lines = [f"exported, but not in thing.h: {name}" for name in sorted(exported - declared)]
    return "\n".join(lines + [f"in thing.h, but not exported: {name}" for name in sorted(declared - exported)])


def main():
    library, thing_h, version = sys.argv[1:]
    plan = tap.Plan()
    exported = dynamic_symbols(library, "--defined-only")
    plan.point("the exported symbols are the functions of thing.h", differences(exported, header.functions(thing_h)))
    enders = dynamic_symbols(library, "--undefined-only") & PROCESS_ENDERS
    plan.point("no function of the library ends the process", ", ".join(sorted(enders)))
    spelled = header.version(thing_h)
    plan.point("thing.h has the version of the build", None if spelled == version else f"{spelled}, not {version}")
    plan.end()


if __name__ == "__main__":
    main()
