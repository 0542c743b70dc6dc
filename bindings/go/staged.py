#!/usr/bin/env python3
"""Installs the library and the package below a folder, and uses them as a program of somebody else does. Prints TAP.

usage: staged.py GO BUILD_ROOT PREFIX LIBDIR DATADIR
"""

import os
import pathlib
import re
import subprocess
import sys
import tempfile

README = pathlib.Path(__file__).resolve().parent / "README.md"
PROGRAM = re.compile(r"```go\n(package main\n.*?)```.*?```text\n(.*?)```", re.S)


def run(command, cwd, **env):
    return subprocess.run([str(word) for word in command], cwd=cwd, env={**os.environ, **env}, check=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True).stdout


def use(go, build, prefix_option, libdir, datadir, work):
    root = work / "root"
    run(["meson", "install", "-C", build, "--no-rebuild", "--quiet", "--destdir", root], work)
    prefix = root / prefix_option.lstrip("/")
    program, expected = PROGRAM.search(README.read_text()).groups()
    (work / "main.go").write_text(program)
    package = prefix / datadir / "gocode" / "src" / "thing"
    (work / "go.mod").write_text(f"module first\n\ngo 1.19\n\nrequire thing v0.0.0\n\nreplace thing => {package}\n")
    # The prefix that pkg-config says is the one where the library would be.
    tool = work / "pkg-config"
    tool.write_text(f'#!/bin/sh\nexec pkg-config --define-variable=prefix="{prefix}" "$@"\n')
    tool.chmod(0o755)
    env = {"PKG_CONFIG_PATH": str(prefix / libdir / "pkgconfig"), "PKG_CONFIG": str(tool), "GOPROXY": "off",
           "GOFLAGS": "-mod=mod -buildvcs=false", "LD_LIBRARY_PATH": str(prefix / libdir), "CGO_CFLAGS": "-O0"}
    run([go, "build", "-o", "first", "."], work, **env)
    printed = run([work / "first"], work, **env)
    if printed != expected:
        raise ValueError(f"found {printed!r}, expected {expected!r}")


def main():
    with tempfile.TemporaryDirectory() as folder:
        try:
            use(*sys.argv[1:], pathlib.Path(folder))
        except (subprocess.CalledProcessError, ValueError, OSError) as error:
            for line in f"{error}\n{getattr(error, 'output', '') or ''}".splitlines():
                print("# " + line)
            print("not ok 1 - the installed package runs the first program of the README\n1..1")
            return 1
    print("ok 1 - the installed package runs the first program of the README\n1..1")
    return 0


if __name__ == "__main__":
    sys.exit(main())
