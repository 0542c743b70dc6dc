#!/usr/bin/env python3
"""Installs the library below a folder, as a package is made, and plays the scenario with what is there. Prints TAP.

usage: staged_test.py BUILD_ROOT PREFIX LIBDIR [NODE HEADERS]
"""

import os
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
NODE_EXAMPLE = HERE.parent.parent / "examples" / "node"
SOURCES = sorted(file for file in HERE.glob("*.c") if file.name not in ("worker.c", "leak.c"))


def run(command, **env):
    done = subprocess.run([str(word) for word in command], env={**os.environ, **env}, capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


def install(build, root, prefix):
    status, printed = run(["meson", "install", "-C", build, "--no-rebuild", "--quiet", "--destdir", root])
    return (root / prefix.lstrip("/"), printed) if status == 0 else (None, printed)


def run_with(prefix, libdir, command, **env):
    """Runs a Python program with the installed library alone."""
    return run([sys.executable, *command], **env,
               LD_LIBRARY_PATH=str(prefix / libdir), THING_LIBRARY=str(prefix / libdir / "libthing.so.0"),
               THING_HEADER=str(prefix / "include" / "thing.h"))


def compare(prefix, libdir, player):
    """Plays on SQLite."""
    return run_with(prefix, libdir, [HERE / "compare.py", "--on", "sqlite", *player])


def compile_with_pkg_config(prefix, libdir, arguments):
    """As a user would compile."""
    pkg_config = ["pkg-config", f"--define-variable=prefix={prefix}", "--cflags", "--libs", "thing"]
    status, flags = run(pkg_config, PKG_CONFIG_PATH=str(prefix / libdir / "pkgconfig"))
    if status != 0:
        return status, flags
    return run([*os.environ.get("CC", "cc").split(), "-std=c11", *arguments, *flags.split()])


def by_ctypes(prefix, libdir, _):
    return compare(prefix, libdir, [sys.executable, HERE / "play.py"])


def by_pkg_config(prefix, libdir, work):
    program = work / "play"
    status, printed = compile_with_pkg_config(prefix, libdir, [*SOURCES, "-o", program])
    return (status, printed) if status != 0 else compare(prefix, libdir, [program])


def in_node(node, headers):
    def play(prefix, libdir, work):
        module = work / "thing_node.node"
        status, printed = compile_with_pkg_config(
            prefix, libdir,
            ["-shared", "-fPIC", "-isystem", headers, NODE_EXAMPLE / "thing_node.c", "-o", module])
        if status != 0:
            return status, printed
        command = [HERE / "example_test.py", NODE_EXAMPLE / "thing_call.js", "--by", node]
        return run_with(prefix, libdir, command, THING_NODE=str(module))
    return play


def main():
    build, prefix_option, libdir, *node = sys.argv[1:]
    players = {"by ctypes": by_ctypes, "compiled with pkg-config": by_pkg_config}
    if node:
        players["the example in node"] = in_node(*node)
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
