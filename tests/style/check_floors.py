#!/usr/bin/env python3
"""Holds the includes of src/ to the table in src/FLOORS.

usage: check_floors.py ROOT
       check_floors.py --self-test
"""

import pathlib
import re
import sys
import tempfile

INCLUDE = re.compile(r'\s*#\s*include\s*([<"])([^>"]+)[>"]')
SUFFIXES = {".h", ".hpp", ".c", ".cc", ".cpp", ".inc"}


class Floors:
    """The parsed table: what each folder may include and where each outside header belongs."""

    def __init__(self, text):
        self.folders, self.headers, self.system, self.doors = {}, {}, [], []
        for line in text.splitlines():
            words = line.split("#")[0].split()
            if words:
                self._add(words[0], words[1:])

    def _add(self, kind, words):
        if kind in ("folder", "header"):
            table = self.folders if kind == "folder" else self.headers
            table[words[0].rstrip(":")] = words[1:]
        elif kind in ("system", "door"):
            (self.system if kind == "system" else self.doors).extend(words)
        else:
            raise SystemExit(f"FLOORS: unknown line '{kind} {' '.join(words)}'")

    def reach(self, folder):
        """The folder and all that it may include, directly or through others."""
        if "*" in self.folders[folder]:
            return set(self.folders)
        seen, todo = set(), [folder]
        while todo:
            name = todo.pop()
            if name not in seen:
                seen.add(name)
                todo += self.folders[name]
        return seen

    def homes(self, header):
        """The folders that may include a header from outside; None when no line names it."""
        for name, folders in self.headers.items():
            if matches(header, name):
                return folders
        return None

    def is_system(self, header):
        return any(matches(header, name) for name in self.system)


def matches(header, name):
    return header.startswith(name) if name.endswith("/") else header == name


def includes(file):
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
        if match := INCLUDE.match(line):
            yield number, match[1], match[2]


def sources(folder):
    return sorted(f for f in folder.rglob("*") if f.suffix in SUFFIXES)


def why_refused(floors, place, quote, header):
    """The reason against an include in the folder `place` (relative to src/); None when it is fine."""
    homes = floors.homes(header)
    if homes is not None:
        at_home = any(home == "*" or place == home or place.startswith(home + "/") for home in homes)
        return None if at_home else f"'{header}' belongs to {', '.join(homes) or 'no folder'}"
    if quote == '"':
        return why_floor_refused(floors, place, header)
    is_standard = "." not in header and "/" not in header
    if is_standard or floors.is_system(header):
        return None
    return f"'{header}' has no line in FLOORS"


def why_floor_refused(floors, place, header):
    floor, _, rest = header.partition("/")
    own = place.split("/")[0]
    if not rest:
        return f"'{header}' is not written with its folder"
    if floor not in floors.folders:
        return f"'{header}' is in no folder of FLOORS"
    if floor not in floors.reach(own):
        return f"{own} may not include {floor} ('{header}')"
    inner, target = place.split("/")[1:2], header.split("/")[1:-1]
    if floor == own and inner and target and inner != target:
        return f"{place} may not include its sibling ('{header}')"
    return None


def check(root):
    """The violations of the tree, each as one line."""
    src = root / "src"
    floors = Floors((src / "FLOORS").read_text(encoding="utf-8"))
    found = []
    for file in sources(src):
        place = file.relative_to(src).parent.as_posix()
        if place.split("/")[0] not in floors.folders:
            found.append(f"{file.relative_to(root)}: its folder has no line in FLOORS")
            continue
        for number, quote, header in includes(file):
            if reason := why_refused(floors, place, quote, header):
                found.append(f"{file.relative_to(root)}:{number}: {reason}")
    return found + check_doors(root, floors)


def check_doors(root, floors):
    found = []
    for door in floors.doors:
        for file in sources(root / door):
            for number, quote, header in includes(file):
                if header.split("/")[0] in floors.folders and "/" in header and quote == '"':
                    found.append(f"{file.relative_to(root)}:{number}: {door} sees thing.h alone, not '{header}'")
    return found


SELF_TEST_FLOORS = """
folder base:
folder value: base
folder query: value
folder driver: value
header sqlite3.h: driver/sqlite
header fmt/: *
system unistd.h sys/
door tests/conformance
"""

# Each tree of one file: path, its include line, and whether it must be refused.
SELF_TEST_CASES = [
    ("src/value/a.h", '#include "base/b.h"', False),
    ("src/query/a.h", '#include "base/b.h"', False),
    ("src/query/a.cc", '#include "query/b.h"', False),
    ("src/query/a.cc", "#include <vector>", False),
    ("src/query/a.cc", "#include <sys/stat.h>", False),
    ("src/query/a.cc", "#include <fmt/format.h>", False),
    ("src/driver/sqlite/a.cc", "#include <sqlite3.h>", False),
    ("src/driver/a.cc", '#include "driver/sqlite/b.h"', False),
    ("src/driver/sqlite/a.cc", '#include "driver/b.h"', False),
    ("src/base/a.h", '#include "value/b.h"', True),
    ("src/base/a.h", '  #  include "value/b.h"', True),
    ("src/query/a.h", '#include "driver/b.h"', True),
    ("src/query/a.h", '#include "nowhere/b.h"', True),
    ("src/query/a.h", '#include "b.h"', True),
    ("src/query/a.cc", "#include <sqlite3.h>", True),
    ("src/query/a.cc", '#include "sqlite3.h"', True),
    ("src/driver/a.cc", "#include <sqlite3.h>", True),
    ("src/driver/sqlite/a.cc", "#include <mysql.h>", True),
    ("src/driver/sqlite/a.cc", '#include "driver/postgres/b.h"', True),
    ("src/attic/a.cc", "#include <vector>", True),
    ("tests/conformance/a.cc", '#include "value/b.h"', True),
    ("tests/conformance/a.cc", '#include "thing.h"', False),
]


def self_test():
    wrong = 0
    for path, line, refused in SELF_TEST_CASES:
        with tempfile.TemporaryDirectory() as name:
            root = pathlib.Path(name)
            for file, text in (("src/FLOORS", SELF_TEST_FLOORS), (path, line + "\n")):
                (root / file).parent.mkdir(parents=True, exist_ok=True)
                (root / file).write_text(text, encoding="utf-8")
            if bool(check(root)) != refused:
                print(f"{path} with {line} should be {'refused' if refused else 'fine'}")
                wrong += 1
    return wrong


def main():
    if sys.argv[1:] == ["--self-test"]:
        return 1 if self_test() else 0
    found = check(pathlib.Path(sys.argv[1]))
    print("\n".join(found) if found else "every include stands on its floor")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
