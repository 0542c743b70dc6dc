#!/usr/bin/env python3
"""That examples/python/thing_call.py, or that in another language, prints the same on every database. Prints TAP.

usage: example_test.py EXAMPLE [--by INTERPRETER]
"""

import os
import subprocess
import sys

import places

EXPECTED = """Ursula wrote 2 books
  The Dispossessed, 341 pages, by Ursula
  A Wizard of Earthsea, 205 pages, by Ursula
{'_count': 2, '_sum': {'pages': 556}, '_max': {'pages': 341}}
None
E_UNIQUE Author ['name'] authors_name_key
E_CHECK Book ['pages'] min
"""
# The same values as Node.js prints them.
IN_NODE = (("{'_count': 2, '_sum': {'pages': 556}, '_max': {'pages': 341}}",
            "{ _count: 2, _sum: { pages: 556 }, _max: { pages: 341 } }"),
           ("None", "null"), ("['name']", "[ 'name' ]"), ("['pages']", "[ 'pages' ]"))


def expected(example):
    text = EXPECTED
    for python, node in IN_NODE if example.endswith(".js") else ():
        text = text.replace(python, node)
    return text


def command():
    """Node's module knows its library."""
    example, *by = sys.argv[1:]
    return [by[1], example] if by else [sys.executable, example, os.environ["THING_LIBRARY"]]


def main():
    failed, databases = 0, ["sqlite", "postgres", "mysql"]
    for number, database in enumerate(databases, 1):
        if reason := places.missing(database):
            print(f"ok {number} - {database} # SKIP {reason}")
            continue
        with places.place(database, "off") as url:
            played = subprocess.run([*command(), url], capture_output=True, text=True)
        wrong = played.returncode != 0 or played.stdout != expected(sys.argv[1])
        failed += wrong
        print(f"{'not ok' if wrong else 'ok'} {number} - {database}")
        for line in (played.stdout + played.stderr).splitlines() if wrong else []:
            print("# " + line)
    print(f"1..{len(databases)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
