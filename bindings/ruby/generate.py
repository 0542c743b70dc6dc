#!/usr/bin/env python3
"""Writes, for SWIG, how each function of thing.h that takes a ctx is called: without the interpreter's lock.

A function with a parameter that is not known here ends this program, so that nobody forgets to think of it.

usage: generate.py thing.h > blocking.i
"""

import re
import sys

# What a call has alone while it runs; None: others may read it meanwhile, or it is a copy.
HELD = {
    "thing_obj *": "hold<thing_obj>", "const thing_obj *": "hold<thing_obj>", "thing_obj *const *": "hold_all<thing_obj>",
    "thing_cursor *": "hold<thing_cursor>", "const thing_criteria *": "hold<thing_criteria>", "thing_db *": None,
    "const thing_model *": None, "const thing_rows *": None, "const char *": None, "const uint8_t *": None, "const int32_t *": None,
    "const int64_t *": None, "int32_t": None, "int64_t": None, "bool": None,
}
# What a call makes, and how that is freed when an exception leaves the call instead.
MADE = {f"thing_{one} **": f"thing_{one}_free" for one in ("obj", "rows", "cursor", "tx", "buf")}
NUMBERS = ["int64_t *", "double *", "bool *"]
# One argument of Ruby for two of C: a pointer, and how many.
COUNT = re.compile(r"int64_t \w*len|int32_t n(_\w+)?|int64_t n")
# Without a ctx, and still they wait for a server. They are not cancelled: what they undo has to be undone.
UNLOCKED = ["thing_tx_rollback", "thing_tx_savepoint", "thing_tx_release", "thing_tx_rollback_to"]
# Asked of the memory first, with the interpreter's lock held: to take that again costs more than an answer that is there.
# Rows of a relation that is loaded alone, as lazy loads are counted by the library, each once.
LOADED = "(arg6 & THING_LOAD_AGAIN) == 0 && thing_obj_has_related(arg3, arg4, arg5) && "
QUICK = {"thing_by_key": "", "thing_by_ids": "", "thing_by_keys": "", "thing_query_count": "", "thing_query_exists": "", "thing_query_sole": "",
         "thing_related": LOADED, "thing_related_one": LOADED}
# Written by hand in ext/thing.
BY_HAND = ["thing_by_id_packed", "thing_save_packed"]


def split(parameter):
    kind, _, name = re.sub(r"\s+", " ", parameter).strip().rpartition(" ")
    stars = len(name) - len(name.lstrip("*"))
    return (kind + " " + "*" * stars if stars else kind), name.lstrip("*")


def listed(params):
    return [split(one) for one in params.split(",")]


def places(params):
    """Index in argv of each parameter that Ruby gives; None for the others."""
    at = 0
    found = []
    for i, (kind, name) in enumerate(params):
        counts = i > 0 and params[i - 1][0].endswith("*") and COUNT.fullmatch(f"{kind} {name}")
        output = kind in MADE or kind in NUMBERS or kind == "thing_error **"
        found.append(None if counts or output else at)
        at += found[-1] is not None
    return found


def blocking(name, params):
    ctx = [kind for kind, _ in params].index("thing_ctx *")
    where = places(params)
    db = f"arg{[kind for kind, _ in params].index('thing_db *') + 1}" if params[0][0] == "thing_db *" else "NULL"
    begin = f"thing_ruby::Blocking blocking({db}, &arg{ctx + 1}, argv[{where[ctx]}]);"
    lines = []
    discard = ""
    for i, (kind, parameter) in enumerate(params[:-1]):
        if i == ctx or kind in NUMBERS:
            continue
        if kind in MADE:
            discard = f", [&] {{ {MADE[kind]}(*arg{i + 1}); }}"
        elif kind not in HELD:
            sys.exit(f"generate.py: {name}: what is to become of '{kind} {parameter}' while the call runs?")
        elif HELD[kind] is not None:
            lines.append(f"blocking.{HELD[kind]}(argv[{where[i]}]);")
    lines.append(f"blocking.run(result, arg{len(params)}, [&] {{ $action }}{discard});")
    quick = f"thing_ruby::quickly(argv[0], argv[{where[ctx]}], &arg{ctx + 1}, result, arg{len(params)}, [&] {{ $action }}{discard})"
    begin = f"if (!({QUICK[name]}{quick})) {{\n  {begin}" if name in QUICK else begin
    end = "\n  }" if name in QUICK else ""
    return f"%exception {name} {{\n  " + "\n  ".join([begin, *lines]) + end + "\n}"


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        text = file.read()
    for name, params in re.findall(r"^THING_API [^;(]*?(\w+)\(([^;]*)\);", text, re.M):
        if not re.search(r"\bthing_ctx \*ctx\b", params) or name.startswith("thing_ctx_") or name in BY_HAND:
            continue
        if not params.endswith("thing_error **err"):
            sys.exit(f"generate.py: {name} has a ctx, and no 'thing_error **err' at its end")
        if name != "thing_tx_run":
            print(blocking(name, listed(params)))
    # Its ctx is that of the transaction, by which it can be cancelled: then it is rolled back.
    print("%exception thing_tx_commit {\n  thing_ctx *ctx = thing_tx_ctx(arg1);\n  thing_ruby::Blocking blocking(NULL, &ctx, Qnil);\n"
          "  blocking.hold<thing_tx>(argv[0]);\n  blocking.run(result, arg2, [&] { $action });\n}")
    for name in UNLOCKED:
        print(f"%exception {name} {{ thing_ruby::unlocked([&] {{ $action }}); }}")


if __name__ == "__main__":
    main()
