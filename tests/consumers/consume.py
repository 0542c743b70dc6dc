#!/usr/bin/env python3
"""Builds bookshelf as a user would and checks what it prints.

usage: consume.py pkg-config|uninstalled|static|cmake|subproject|dlopen SOURCE_ROOT BUILD_ROOT PREFIX LIBDIR
"""

import dataclasses
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
EXPECTED = {"id": 1, "title": "A Wizard of Earthsea", "pages": 205}


@dataclasses.dataclass
class Place:
    """Where the library comes from, and a folder to work in."""

    source: pathlib.Path
    build: pathlib.Path
    prefix: str
    libdir: str
    work: pathlib.Path

    def install(self):
        """Installs the library below the folder; the result is the prefix there."""
        root = self.work / "root"
        run(["meson", "install", "-C", self.build, "--no-rebuild", "--quiet", "--destdir", root])
        return root / self.prefix.lstrip("/")


def run(command, **options):
    return subprocess.run([str(word) for word in command], check=True, **options)


def output(command, **options):
    return run(command, stdout=subprocess.PIPE, text=True, **options).stdout


def compiler():
    return os.environ.get("CC", "cc").split()


def pkg_config(place, prefix, *words):
    env = {**os.environ, "PKG_CONFIG_PATH": str(prefix / place.libdir / "pkgconfig")}
    return output(["pkg-config", f"--define-variable=prefix={prefix}", *words, "thing"], env=env).split()


def by_pkg_config(place):
    prefix = place.install()
    flags = pkg_config(place, prefix, "--cflags", "--libs")
    program = place.work / "bookshelf"
    run([*compiler(), "-std=c11", HERE / "bookshelf.c", "-o", program, *flags])
    return [program], {"LD_LIBRARY_PATH": str(prefix / place.libdir)}


def by_uninstalled(place):
    """From the build directory, by what Meson puts there for pkg-config."""
    env = {**os.environ, "PKG_CONFIG_PATH": str(place.build / "meson-uninstalled")}
    flags = output(["pkg-config", "--cflags", "--libs", "thing"], env=env).split()
    program = place.work / "bookshelf"
    run([*compiler(), "-std=c11", HERE / "bookshelf.c", "-o", program, *flags])
    return [program], {"LD_LIBRARY_PATH": str(place.build / "src")}


def by_static(place):
    prefix = place.install()
    flags = pkg_config(place, prefix, "--static", "--cflags", "--libs")
    flags = ["-l:libthing.a" if flag == "-lthing" else flag for flag in flags]
    program = place.work / "bookshelf"
    run([*compiler(), "-std=c11", HERE / "bookshelf.c", "-o", program, *flags])
    return [program], {}


def by_cmake(place):
    prefix = place.install()
    build = place.work / "build"
    run(["cmake", "-S", HERE / "cmake", "-B", build, f"-DCMAKE_PREFIX_PATH={prefix}"])
    run(["cmake", "--build", build])
    return [build / "bookshelf"], {}


def by_subproject(place):
    project = place.work / "project"
    (project / "subprojects").mkdir(parents=True)
    (project / "subprojects" / "thing").symlink_to(place.source)
    shutil.copy(HERE / "subproject" / "meson.build", project)
    shutil.copy(HERE / "bookshelf.c", project)
    build = place.work / "build"
    # Not optimised: what is tested is that it builds, and this is the one consumer that builds the library again.
    run(["meson", "setup", build, project, "--buildtype=plain", "-Ddefault_library=shared"])
    run(["ninja", "-C", build, "bookshelf"])
    return [build / "bookshelf"], {}


def by_dlopen(place):
    library = place.install() / place.libdir / "libthing.so"
    return [sys.executable, HERE / "bookshelf.py", library], {}


CONSUMERS = {
    "pkg-config": by_pkg_config,
    "uninstalled": by_uninstalled,
    "static": by_static,
    "cmake": by_cmake,
    "subproject": by_subproject,
    "dlopen": by_dlopen,
}


def main():
    kind, source, build, prefix, libdir = sys.argv[1:]
    with tempfile.TemporaryDirectory() as work:
        place = Place(pathlib.Path(source), pathlib.Path(build), prefix, libdir, pathlib.Path(work))
        command, env = CONSUMERS[kind](place)
        printed = output([*command, place.work / "books.db"], env={**os.environ, **env})
        if json.loads(printed) != EXPECTED:
            sys.exit(f"bookshelf printed {printed!r}, expected {EXPECTED}")


if __name__ == "__main__":
    try:
        main()
    except subprocess.CalledProcessError as error:
        sys.exit(str(error))
