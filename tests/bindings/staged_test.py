#!/usr/bin/env python3
"""Installs the library below a folder, as a package is made, and plays the scenario with what is there. Prints TAP.

usage: staged_test.py BUILD_ROOT PREFIX LIBDIR
"""

import os
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
SOURCES = sorted(file for file in HERE.glob("*.c") if file.name not in ("worker.c", "leak.c"))


def run(command, **env):
    done = subprocess.run([str(word) for word in command], env={**os.environ, **env}, capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


def install(build, root, prefix):
    status, printed = run(["meson", "install", "-C", build, "--no-rebuild", "--quiet", "--destdir", root])
    return (root / prefix.lstrip("/"), printed) if status == 0 else (None, printed)


def compare(prefix, libdir, player):
    """Plays on SQLite with the installed library alone."""
    return run([sys.executable, HERE / "compare.py", "--on", "sqlite", *player],
               LD_LIBRARY_PATH=str(prefix / libdir), THING_LIBRARY=str(prefix / libdir / "libthing.so.0"),
               THING_HEADER=str(prefix / "include" / "thing.h"))


def by_ctypes(prefix, libdir, _):
    return compare(prefix, libdir, [sys.executable, HERE / "play.py"])


def by_pkg_config(prefix, libdir, work):
    """Compiled as a user would compile it."""
    pkg_config = ["pkg-config", f"--define-variable=prefix={prefix}", "--cflags", "--libs", "thing"]
    status, flags = run(pkg_config, PKG_CONFIG_PATH=str(prefix / libdir / "pkgconfig"))
    if status != 0:
        return status, flags
    program = work / "play"
    compiler = os.environ.get("CC", "cc").split()
    status, printed = run([*compiler, "-std=c11", *SOURCES, "-o", program, *flags.split()])
    return (status, printed) if status != 0 else compare(prefix, libdir, [program])


def main():
    build, prefix_option, libdir = sys.argv[1:]
    players = {"by ctypes": by_ctypes, "compiled with pkg-config": by_pkg_config}
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        prefix, problem = install(build, work / "root", prefix_option)
        for number, (name, play) in enumerate(players.items(), 1):
            status, printed = play(prefix, libdir, work) if prefix else (1, problem)
            failed += status != 0
            print(f"{'not ok' if status else 'ok'} {number} - the installed library plays {name}")
            for line in printed.splitlines() if status else []:
                print("# " + line)
    print(f"1..{len(players)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
