#!/usr/bin/env python3
"""Writes, for SWIG, how each function of thing.h that takes a ctx is called: without the interpreter's lock.

usage: generate.py thing.h > blocking.i
"""

import re
import sys

HELD = {"thing_obj *": "thing_obj", "const thing_obj *": "thing_obj", "thing_criteria *": "thing_criteria"}
# Without a ctx, and still they wait: for a server, or for calls that run.
UNLOCKED = ["thing_open", "thing_close", "thing_tx_commit", "thing_tx_rollback", "thing_tx_savepoint", "thing_tx_release",
            "thing_tx_rollback_to"]


def parameters(text):
    return [re.sub(r"\s+", " ", one).strip() for one in text.split(",")]


def blocking(name, params):
    ctx = params.index("thing_ctx *ctx") + 1
    db = "arg1" if params[0] == "thing_db *db" else "NULL"
    hold = ""
    third = params[2].rstrip("abcdefghijklmnopqrstuvwxyz_") if len(params) > 2 else ""
    if third in HELD:
        hold = f" blocking.hold<{HELD[third]}>(argv[2]);"
    if params[0] == "thing_cursor *c":
        hold = " blocking.hold<thing_cursor>(argv[0]);"
    return (f"%exception {name} {{\n  thing_ruby::Blocking blocking({db}, &arg{ctx});{hold}\n"
            f"  blocking.run(result, arg{len(params)}, [&] {{ $action }});\n}}")


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        text = file.read()
    for name, params in re.findall(r"^THING_API thing_status (\w+)\(([^;]*)\);", text, re.M):
        listed = parameters(params)
        if "thing_ctx *ctx" in listed and listed[-1] == "thing_error **err" and name != "thing_tx_begin":
            print(blocking(name, listed))
        elif name == "thing_tx_begin":
            print(f"%exception {name} {{ thing_ruby::unlocked([&] {{ $action }}); }}")
    for name in UNLOCKED:
        print(f"%exception {name} {{ thing_ruby::unlocked([&] {{ $action }}); }}")


if __name__ == "__main__":
    main()
