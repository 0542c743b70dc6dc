#!/usr/bin/env python3
"""Installs below a folder, as a package is made, and uses what is there as programs would. Prints TAP.

usage: staged.py BUILD_ROOT PREFIX LIBDIR DATADIR VERSION README
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree
import zipfile

HERE = pathlib.Path(__file__).resolve().parent
POM = {"pom": "http://maven.apache.org/POM/4.0.0"}


class Failure(Exception):
    pass


def need(holds, what):
    if not holds:
        raise Failure(what)


def run(*command, **options):
    """What it prints; with nothing of the build in its environment."""
    env = {k: v for k, v in os.environ.items() if not k.startswith(("THING_", "LD_", "JAVA_", "JDK_", "CLASSPATH"))}
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, env=env, **options)
    if done.returncode:
        raise Failure(f"{' '.join(map(str, command))}: exit status {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


class Staged:
    def __init__(self, work, build, prefix, libdir, datadir):
        run("meson", "install", "-C", build, "--no-rebuild", "--quiet", "--destdir", work / "root")
        self.work = work
        self.root = work / "root" / prefix.lstrip("/")
        self.jar = self.root / datadir / "java" / "thing.jar"
        self.jni = self.root / libdir / "jni"

    def folder(self, name):
        folder = self.work / name
        folder.mkdir()
        return folder

    def compile(self, folder, *sources):
        run("javac", "--release", "17", "-Xlint:all,-path", "-Werror", "-cp", self.jar, "-d", folder, *sources)

    def classes_without_natives(self):
        """A jar as a distribution would make it, whose natives are installed."""
        bare = self.work / "bare.jar"
        with zipfile.ZipFile(self.jar) as whole, zipfile.ZipFile(bare, "w") as jar:
            for name in whole.namelist():
                if not name.startswith("META-INF/native"):
                    jar.writestr(name, whole.read(name))
        return bare


def first_program(readme):
    """Its source, and what it prints."""
    text = pathlib.Path(readme).read_text(encoding="utf-8")
    return re.search(r"```java\n(.*?)```", text, re.S)[1], re.search(r"```text\n(.*?)```", text, re.S)[1]


def the_program_of_the_readme_prints_what_it_says(staged, options):
    program, expected = first_program(options["readme"])
    folder = staged.folder("readme")
    source = folder / (re.search(r"public class (\w+)", program)[1] + ".java")
    source.write_text(program, encoding="utf-8")
    staged.compile(folder, source)
    printed = run("java", "-cp", f"{staged.jar}:{folder}", source.stem)
    need(printed == expected, f"found:\n{printed}expected:\n{expected}")


def where(staged, *options, jar=None):
    folder = staged.work / "where"
    if not folder.exists():
        folder.mkdir()
        staged.compile(folder, HERE / "Where.java")
    return run("java", *options, "-cp", f"{jar or staged.jar}:{folder}", "Where").splitlines()


def the_jar_alone_brings_the_natives(staged, options):
    left = staged.folder("tmp")
    version, *files = where(staged, f"-Djava.io.tmpdir={left}")
    need(version == options["version"], f"found version {version}")
    need(len(files) == 2 and all("thing-native-" in file for file in files), f"loaded {files}")
    need(not list(left.iterdir()), f"left {list(left.iterdir())}")


def natives_come_from_java_library_path(staged, _):
    _, *files = where(staged, f"-Djava.library.path={staged.jni}")
    need(any(file.startswith(str(staged.jni)) for file in files), f"loaded {files}")
    need(all(file.startswith(str(staged.root)) for file in files), f"the engine is another one: {files}")


def the_property_comes_before_the_path(staged, _):
    other = staged.folder("other")
    for file in [*staged.jni.iterdir(), *(file for file in staged.jni.parent.glob("libthing.so.0"))]:
        shutil.copy(file, other)
    _, *files = where(staged, f"-Dthing.library.path={other}", f"-Djava.library.path={staged.jni}")
    need(any(file == str(other / "libthing_java.so") for file in files), f"loaded {files}")


def a_message_says_what_was_tried(staged, _):
    bare = staged.classes_without_natives()
    for options, words in {("-Djava.library.path=/nowhere",): ["thing.library.path: not set", "/nowhere", "META-INF/native"],
                           ("-Dthing.library.path=/not/here",): ["/not/here/libthing_java.so"]}.items():
        try:
            where(staged, *options, jar=bare)
        except Failure as failure:
            need(all(word in str(failure) for word in words), f"{options}: {failure}")
        else:
            raise Failure(f"{options}: it ran")


def a_module_uses_the_module(staged, _):
    folder = staged.folder("modular")
    sources = sorted((HERE / "modular").rglob("*.java"))
    run("javac", "--release", "17", "-Xlint:all", "-Werror", "--module-path", staged.jar, "-d", folder, *sources)
    printed = run("java", "--module-path", f"{staged.jar}:{folder}", "-m", "app/app.Main").split("\n")
    need(printed[0] == "true" and printed[1].startswith("module thing"), f"found {printed}")
    described = run("jar", "--describe-module", f"--file={staged.jar}")
    need("exports thing\n" in described and "thing.raw" not in described.replace("contains thing.raw", ""), described)


def the_pom_is_one_that_maven_takes(staged, options):
    pom = staged.jar.parent / "thing.pom"
    root = xml.etree.ElementTree.parse(pom).getroot()
    need(root.findtext("pom:version", namespaces=POM) == options["version"], "the version is another one")
    if shutil.which("mvn"):
        run("mvn", "-o", "-q", f"-Dmaven.repo.local={staged.folder('repository')}", "-f", pom, "validate")


def sources_and_documentation_are_there(staged, _):
    for name, entry in {"thing-sources.jar": "thing/Thing.java", "thing-javadoc.jar": "thing/thing/Thing.html"}.items():
        with zipfile.ZipFile(staged.jar.parent / name) as jar:
            need(entry in jar.namelist(), f"{name}: no {entry}")


TESTS = [the_program_of_the_readme_prints_what_it_says, the_jar_alone_brings_the_natives,
         natives_come_from_java_library_path, the_property_comes_before_the_path, a_message_says_what_was_tried,
         a_module_uses_the_module, the_pom_is_one_that_maven_takes, sources_and_documentation_are_there]


def main():
    build, prefix, libdir, datadir, version, readme = sys.argv[1:]
    failed = 0
    print(f"1..{len(TESTS)}")
    with tempfile.TemporaryDirectory() as folder:
        staged, problem = None, ""
        try:
            staged = Staged(pathlib.Path(folder), build, prefix, libdir, datadir)
        except Failure as failure:
            problem = str(failure)
        for number, test in enumerate(TESTS, 1):
            try:
                need(staged, problem)
                test(staged, {"version": version, "readme": readme})
                outcome = "ok"
            except Failure as failure:
                outcome = "not ok"
                failed += 1
                print("\n".join("# " + line for line in str(failure).splitlines()))
            print(f"{outcome} {number} - {test.__name__.replace('_', ' ')}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
