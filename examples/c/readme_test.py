#!/usr/bin/env python3
"""Compiles and runs what README.md and docs/guide/ show, exactly as it is printed there.

A ```c block with a main is a program of its own. The other ```c blocks of a page are put, each in braces and one after
the other, into the program that docs/guide/README.md shows; a block after the line `<!-- function -->` goes to the file
level of it. A ```text block right after a ```c block is the output that is expected of it. A ```json block with
"fields" is a model that must register. The last point compares links between the pages with the files that are there.

usage: readme_test.py [--cc COMPILER] [--lib LIBTHING] ROOT
"""

import argparse
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.M | re.S)
FUNCTION_MARK = "<!-- function -->"
FUNCTIONS_HERE = "/* Functions of the page. */"
SNIPPETS_HERE = "/* Snippets of the page. */"
DIVIDER = "--8<--"
FLAGS = ["-std=gnu11", "-Wall", "-Wextra", "-Werror", "-O1"]
REGISTER = """#include <stdio.h>
#include <stdlib.h>
#include <thing.h>
int main(int argc, char **argv) {
  thing_db *db = NULL;
  thing_error *err = NULL;
  if (thing_open("sqlite::memory:", -1, &db, &err) < 0 || thing_model_register(db, argv[argc - 1], -1, &err) < 0 ||
      thing_schema_sync(db, NULL, &err) < 0) {
    puts(thing_error_message(err));
    return 1;
  }
  thing_close(db);
  return 0;
}
"""


class Block:
    def __init__(self, text, match):
        self.language, self.code = match[1], match[2]
        self.is_function = text[:match.start()].rstrip().endswith(FUNCTION_MARK)
        self.end = match.end()
        self.start = match.start()
        self.line = text.count("\n", 0, match.start()) + 1
        self.expected = None

    def has_main(self):
        return re.search(r"^int main\(", self.code, re.M) is not None


class Compiler:
    def __init__(self, options, root):
        self.command = [options.cc, *FLAGS, "-I", str(root / "include")]
        self.library = pathlib.Path(options.lib).resolve() if options.lib else None

    def run(self, code, place, *args):
        """The output of the program; an error with the compiler's or the program's own words."""
        source, program = place / "program.c", place / "program"
        source.write_text(code, encoding="utf-8")
        link = [str(self.library), f"-Wl,-rpath,{self.library.parent}"] if self.library else ["-lthing"]
        compiled = subprocess.run([*self.command, str(source), "-o", str(program), *link, "-pthread"],
                                  capture_output=True, text=True)
        if compiled.returncode:
            raise AssertionError(compiled.stderr)
        ran = subprocess.run([str(program), *args], cwd=place, capture_output=True, text=True, timeout=60)
        if ran.returncode not in (0, None) or ran.stderr:
            raise AssertionError(f"exit status {ran.returncode}\n{ran.stdout}{ran.stderr}")
        return ran.stdout


def blocks_of(page):
    text = page.read_text(encoding="utf-8")
    blocks = [Block(text, match) for match in FENCE.finditer(text)]
    for before, block in zip(blocks, blocks[1:]):
        # Words may introduce an output ("It prints"), but nothing longer may stand between.
        if before.language == "c" and block.language == "text" and block.start - before.end < 40:
            before.expected = block.code
    return blocks


def page_program(frame, blocks):
    functions = "\n".join(block.code for block in blocks if block.is_function)
    snippets = "\n".join(f"{{\n{block.code}}}\nputs(\"{DIVIDER}\");\n" for block in blocks if not block.is_function)
    return frame.replace(FUNCTIONS_HERE, functions).replace(SNIPPETS_HERE, snippets)


def expect_same(page, block, output):
    if block.expected is not None and output != block.expected:
        raise AssertionError(f"{page.name}, line {block.line}: it prints\n{output}instead of\n{block.expected}")


def check_program(page, block, compiler, place):
    expect_same(page, block, compiler.run(block.code, place))


def check_page(page, frame, blocks, compiler, place):
    outputs = compiler.run(page_program(frame, blocks), place).split(DIVIDER + "\n")
    for block, output in zip([block for block in blocks if not block.is_function], outputs):
        expect_same(page, block, output)


def check_model(block, compiler, place):
    json.loads(block.code)
    compiler.run(REGISTER, place, block.code)


def check_links(root, pages):
    for page in pages:
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")):
            if not (page.parent / target).exists():
                raise AssertionError(f"{page.relative_to(root)}: no {target}")


def cases_of(root, compiler):
    """Pairs of a name and a function that takes an empty directory."""
    guide = root / "docs" / "guide"
    pages = [root / "README.md", *sorted(guide.glob("*.md")), *sorted((root / "docs" / "reference").glob("*.md"))]
    frame = next(block.code for block in blocks_of(guide / "README.md") if block.has_main())
    for page in pages:
        name, blocks = page.relative_to(root), blocks_of(page)
        snippets = [block for block in blocks if block.language == "c" and not block.has_main()]
        for block in blocks:
            if block.language == "c" and block.has_main():
                yield f"{name} line {block.line} runs", lambda at, p=page, b=block: check_program(p, b, compiler, at)
            if block.language == "json" and '"fields"' in block.code:
                yield f"{name} line {block.line} is a model", lambda at, b=block: check_model(b, compiler, at)
        if snippets:
            yield (f"the {len(snippets)} snippets of {name} run",
                   lambda at, p=page, s=snippets: check_page(p, frame, s, compiler, at))
    yield "links between the pages lead somewhere", lambda at: check_links(root, pages)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("root")
    parser.add_argument("--cc", default=os.environ.get("CC", "cc"))
    parser.add_argument("--lib", help="default: -lthing")
    options = parser.parse_args()
    root = pathlib.Path(options.root).resolve()
    cases = list(cases_of(root, Compiler(options, root)))
    print(f"1..{len(cases)}")
    failed = 0
    for number, (name, case) in enumerate(cases, 1):
        problem = None
        with tempfile.TemporaryDirectory() as place:
            try:
                case(pathlib.Path(place))
            except Exception as error:  # the other pages are tried all the same
                problem = f"{type(error).__name__}: {error}"
        failed += problem is not None
        print(f"{'not ok' if problem else 'ok'} {number} - {name}", flush=True)
        if problem:
            print("\n".join("# " + line for line in problem.splitlines()), flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
