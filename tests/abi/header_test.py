#!/usr/bin/env python3
"""thing.h compiles alone, as strict C11 and as C++20, with every compiler that is here.

usage: header_test.py INCLUDE_DIR
"""

import pathlib
import shutil
import subprocess
import sys
import tempfile

import tap

STRICT = ["-pedantic-errors", "-Wall", "-Wextra", "-Wshadow", "-Werror", "-fsyntax-only"]
LANGUAGES = {
    "C11": (["gcc", "clang-14"], ["-x", "c", "-std=c11", "-Wstrict-prototypes"]),
    "C++20": (["g++", "clang++-14"], ["-x", "c++", "-std=c++20"]),
}
# Twice, because a header without a guard compiles once.
PROGRAM = """#include <thing.h>
#include <thing.h>
int main(void) { thing_db *db = 0; thing_close(db); return thing_version() == 0; }
"""


def installed(compiler):
    """The compiler, or the one without a version in its name, or None."""
    return shutil.which(compiler) or shutil.which(compiler.split("-")[0])


def main():
    plan = tap.Plan()
    with tempfile.TemporaryDirectory() as name:
        program = pathlib.Path(name) / "program"
        program.write_text(PROGRAM, encoding="utf-8")
        for language, (compilers, options) in LANGUAGES.items():
            for compiler in compilers:
                title = f"thing.h is strict {language} for {compiler.split('-')[0]}"
                if not installed(compiler):
                    plan.point(title, skip=f"{compiler} is not installed")
                    continue
                command = [installed(compiler), *options, *STRICT, "-I", sys.argv[1], str(program)]
                run = subprocess.run(command, capture_output=True, text=True)
                plan.point(title, problem=run.stderr if run.returncode else None)
    plan.end()


if __name__ == "__main__":
    main()
