#!/usr/bin/env python3
"""Compiles Java and packs it; a warning is an error.

usage: build.py [--bin FOLDER] [--classpath JARS] classes OUT.jar SOURCE...
       build.py [--bin FOLDER] [--classpath JARS] javadoc OUT.jar SOURCE...
       build.py sources OUT.jar SOURCE...
       build.py natives OUT.jar PLATFORM CLASSES.jar LIBRARY...
"""

import argparse
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile

PACKAGE = re.compile(r"^package ([\w.]+);", re.M)
WHEN = (1980, 1, 1, 0, 0, 0)  # the same bytes each time


def main():
    options = parse_options()
    with tempfile.TemporaryDirectory() as scratch:
        ACTIONS[options.action](options, pathlib.Path(scratch))


def parse_options():
    parser = argparse.ArgumentParser()
    parser.add_argument("--classpath", default="", help="jars that the sources need")
    parser.add_argument("--bin", default="", help="the folder of javac and javadoc")
    parser.add_argument("action", choices=ACTIONS)
    parser.add_argument("out")
    parser.add_argument("inputs", nargs="+")
    return parser.parse_args()


def arranged(sources, folder):
    """Copies of the sources in the folders that their packages ask for: some are generated elsewhere."""
    copies = []
    for source in map(pathlib.Path, sources):
        package = PACKAGE.search(source.read_text(encoding="utf-8"))
        target = folder / (package[1].replace(".", "/") if package else ".") / source.name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, target)
        copies.append(str(target))
    return copies


def run(options, tool, *arguments):
    command = [str(pathlib.Path(options.bin) / tool) if options.bin else tool, *map(str, arguments)]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode or "warning" in done.stdout:
        sys.exit(done.stdout or f"{tool}: exit status {done.returncode}")


def classpath(options, sources):
    """A module reads other modules."""
    option = "--module-path" if any(s.endswith("module-info.java") for s in sources) else "--class-path"
    return [option, options.classpath] if options.classpath else []


def classes(options, scratch):
    sources = arranged(options.inputs, scratch / "src")
    run(options, "javac", "--release", "17", "-encoding", "UTF-8", "-Xlint:all,-requires-automatic,-requires-transitive-automatic",
        "-Werror", "-d", scratch / "classes", *classpath(options, sources), *sources)
    pack(options.out, scratch / "classes")


def javadoc(options, scratch):
    """Of what the module exports."""
    arranged(options.inputs, scratch / "src")
    module = re.search(r"^module ([\w.]+)", (scratch / "src" / "module-info.java").read_text(encoding="utf-8"), re.M)[1]
    run(options, "javadoc", "--release", "17", "-quiet", "-encoding", "UTF-8", "-Xdoclint:all", "-Werror", "-notimestamp",
        "-d", scratch / "doc", "--module-path", options.classpath, "--module-source-path", f"{module}={scratch / 'src'}",
        "--module", module)
    pack(options.out, scratch / "doc")


def sources(options, scratch):
    arranged(options.inputs, scratch / "src")
    pack(options.out, scratch / "src")


def natives(options, scratch):
    platform, jar, *libraries = options.inputs
    with zipfile.ZipFile(jar) as compiled:
        compiled.extractall(scratch)
    folder = scratch / "META-INF" / "native" / platform
    folder.mkdir(parents=True)
    for library in map(pathlib.Path, libraries):
        # The engine goes by the name that its users ask for: libthing.so.0.1.0 is libthing.so.0.
        name = re.sub(r"(\.so\.\d+)\.[\d.]+$", r"\1", library.name)
        shutil.copyfile(library, folder / name)
    pack(options.out, scratch)


def pack(out, folder):
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as jar:
        if not (folder / "META-INF" / "MANIFEST.MF").exists():
            jar.writestr(zipfile.ZipInfo("META-INF/MANIFEST.MF", WHEN), "Manifest-Version: 1.0\n\n")
        for file in sorted(folder.rglob("*")):
            is_folder = file.is_dir()  # who looks for the classes of a package asks for its folder
            entry = zipfile.ZipInfo(str(file.relative_to(folder)) + "/" * is_folder, WHEN)
            entry.compress_type = zipfile.ZIP_DEFLATED
            jar.writestr(entry, b"" if is_folder else file.read_bytes())


ACTIONS = {"classes": classes, "javadoc": javadoc, "sources": sources, "natives": natives}

if __name__ == "__main__":
    main()
