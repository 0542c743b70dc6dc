#!/usr/bin/env python3
"""Runs the packages example on a real excerpt of an index and on input that is not as it should be.

usage: packages_test.py PROGRAM INDEX
"""

import gzip
import os
import pathlib
import pty
import re
import sqlite3
import subprocess
import sys
import tempfile

PROGRAM, INDEX = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve()
KINDS = {"Depends": "depends", "Pre-Depends": "pre-depends", "Recommends": "recommends", "Suggests": "suggests"}


def paragraphs(text):
    """The index read a second way: a list of dictionaries."""
    found = []
    for block in re.split(r"\n\n+", text.strip("\n")):
        unfolded = re.sub(r"\n[ \t]+", "\n\t", block)
        fields = re.findall(r"^([!-9;-~]+):[ \t]*((?:.|\n\t)*)$", unfolded, re.M)
        found.append({name: value.strip() for name, value in fields})
    return found


def rows_of_dependencies(packages):
    rows = []
    for package in packages:
        for field, kind in KINDS.items():
            clauses = [clause.strip() for clause in package.get(field, "").split(",") if clause.strip()]
            for number, clause in enumerate(clauses):
                for alternative in clause.split("|"):
                    name, constraint = re.match(r"\s*([^\s(:]+)(?::\w+)?\s*(?:\((.*)\))?", alternative).groups()
                    rows.append((package["Package"], kind, number, name, constraint))
    return sorted(rows, key=str)


def run(*args, text=None):
    return subprocess.run([str(PROGRAM), *map(str, args)], input=text, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=120)


def query(database, sql):
    with sqlite3.connect(database) as connection:
        return connection.execute(sql).fetchall()


def expect(condition, what):
    if not condition:
        raise AssertionError(what)


def expect_verified(result):
    output = result.stdout.decode("utf-8")
    expect(result.returncode == 0, f"status {result.returncode}: {result.stderr.decode()}")
    expect("Verified: 8 of 8 counts are the same." in output, output)
    return output


def expect_refused(result, *words):
    message = result.stderr.decode("utf-8")
    expect(result.returncode == 1, f"status {result.returncode}: {result.stdout.decode('utf-8', 'replace')[-2000:]}")
    expect(message.count("\n") == 1 and message.startswith("packages: "), message)
    for word in words:
        expect(word in message, f"no '{word}' in: {message}")


# ---- the cases: each gets an empty directory


def saves_and_verifies_the_excerpt(place):
    expect_verified(run(place / "p.db", INDEX))
    packages = paragraphs(INDEX.read_text(encoding="utf-8"))
    expect(len(packages) == 200, len(packages))
    names = query(place / "p.db", "SELECT name, version, architecture, size, homepage FROM packages ORDER BY 1, 2, 3")
    wanted = [(p["Package"], p["Version"], p["Architecture"], int(p["Size"]) if "Size" in p else None,
               p.get("Homepage")) for p in packages]
    expect(names == sorted(wanted, key=lambda row: row[:3]), "packages differ")


def saves_every_dependency(place):
    expect_verified(run(place / "p.db", INDEX))
    saved = query(place / "p.db", 'SELECT p.name, d.kind, d.clause, d.target, d."constraint" FROM dependencies d '
                                  "JOIN packages p ON p.id = d.package_id")
    expect(sorted(saved, key=str) == rows_of_dependencies(paragraphs(INDEX.read_text(encoding="utf-8"))),
           "dependencies differ")


def keeps_the_lines_of_a_description(place):
    expect_verified(run(place / "p.db", INDEX))
    [(description,)] = query(place / "p.db", "SELECT description FROM packages WHERE name = 'nodejs'")
    expect(description.startswith("Node.js event-based server-side javascript engine\nNode.js is"), description)
    expect("\n\n" in description and "\n.\n" not in description, description)


def answers_with_tables_that_align(place):
    output = expect_verified(run(place / "p.db", INDEX))
    for word in ("What depends on libsqlite3-0", "The biggest maintainers", "the largest of section games",
                 "Names that start with python3-sql", "As JSON: libsqlite3-0", "the cached reads after it: right"):
        expect(word in output, f"no '{word}'")
    for table in re.findall(r"^( .*)\n(  -[- ]*)\n((?: .*\n)+)", output, re.M):
        ends = [match.start() for match in re.finditer("  -", table[1])][1:]
        for line in [table[0], *table[2].splitlines()]:
            if all(ord(c) < 0x300 for c in line):
                expect(all(line[end:end + 2] == "  " for end in ends if end < len(line)), line)


def shows_a_bar_on_a_terminal_alone(place):
    expect(b"[=" not in run(place / "a.db", INDEX).stderr, "a bar in a pipe")
    main, side = pty.openpty()
    result = subprocess.run([str(PROGRAM), str(place / "b.db"), str(INDEX)], stdout=subprocess.PIPE, stderr=side,
                            env={**os.environ, "TERM": "xterm"}, timeout=120)
    os.close(side)
    shown = os.read(main, 1 << 16)
    os.close(main)
    result.stderr = b""  # it went to the terminal
    expect(b"100 %" in shown and shown.endswith(b"\r\x1b[K"), shown)
    expect_verified(result)


def reads_standard_input(place):
    expect_verified(run(place / "p.db", "-", text=INDEX.read_bytes()))


def a_second_run_replaces_the_first(place):
    expect_verified(run(place / "p.db", INDEX))
    half = b"\n\n".join(INDEX.read_bytes().split(b"\n\n")[:50])
    output = expect_verified(run(place / "p.db", "-", text=half))
    expect("of an earlier run" in output, output)
    expect(query(place / "p.db", "SELECT count(*) FROM packages") == [(50,)], "not 50 packages")


def carriage_returns_change_nothing(place):
    expect_verified(run(place / "a.db", INDEX))
    expect_verified(run(place / "b.db", "-", text=INDEX.read_bytes().replace(b"\n", b"\r\n")))
    sql = "SELECT name, version, maintainer_id, description, homepage FROM packages ORDER BY id"
    expect(query(place / "a.db", sql) == query(place / "b.db", sql), "packages differ")


def bad_lines_are_counted_and_left_out(place):
    index = (b"\xef\xbb\xbfPackage: a\nVersion: 1\nArchitecture: all\nno colon here\n: no name\nSize: many\n"
             b"Depends: b (>= 1) | c,, d (, | \n\n continuation of nothing\n\nPackage: b\nVersion: 1\n\n"
             b"package: a\nVERSION: 1\nArchitecture: all\n# a comment\n")
    output = expect_verified(run(place / "p.db", "-", text=index))
    expect("bad lines or values, 1 incomplete paragraphs, 1 repeated packages" in output, output)
    expect(query(place / "p.db", "SELECT target FROM dependencies ORDER BY id") == [("b",), ("c",), ("d",)], "targets")


def missing_fields_are_null(place):
    expect_verified(run(place / "p.db", "-", text=b"Package: a\nVersion: 1\nArchitecture: all\n"))
    row = query(place / "p.db", "SELECT section_id, maintainer_id, size, description, homepage FROM packages")
    expect(row == [(None,) * 5], row)


def one_address_is_one_maintainer(place):
    index = "".join(f"Package: p{n}\nVersion: 1\nArchitecture: all\nMaintainer: {m}\n\n" for n, m in enumerate(
        ["Ann <a@b.example>", "ANN <A@B.example>,", "Ann", "<c@d.example>", "\"Zoë, 漢字\" <e@f.example>"]))
    expect_verified(run(place / "p.db", "-", text=index.encode()))
    rows = query(place / "p.db", "SELECT name, email FROM maintainers ORDER BY id")
    expect(rows == [("Ann", "a@b.example"), ("Ann", None), ("c@d.example", "c@d.example"),
                    ('"Zoë, 漢字"', "e@f.example")], rows)


def invalid_utf8_is_repaired(place):
    index = b"Package: a\xff\xfe\nVersion: 1\0\nArchitecture: all\nDescription: M\xfcller \x1b[31m \xed\xa0\x80\n"
    output = expect_verified(run(place / "p.db", "-", text=index))
    expect("\x1b" not in output.replace("\\u001b", ""), "a control character on the terminal")
    [row] = query(place / "p.db", "SELECT name, version, description FROM packages")
    expect(row == ("a\ufffd\ufffd", "1\ufffd", "M\ufffdller \x1b[31m \ufffd\ufffd\ufffd"), row)


def huge_lines_are_cut(place):
    index = b"Package: a\nVersion: 1\nArchitecture: all\nDescription: " + b"x" * 5_000_000 + b"\nHomepage: h\n"
    output = expect_verified(run(place / "p.db", "-", text=index))
    expect("left out: 1 bad lines" in output, output)
    expect(query(place / "p.db", "SELECT homepage FROM packages") == [("h",)], "the line after is lost")


def quotes_in_names_harm_nothing(place):
    name = "a'\"; DROP TABLE packages; --\\%_"
    index = f"Package: b\nVersion: 1\nArchitecture: all\nDepends: {name.replace(' ', '')}\n\n"
    index += f"Package: {name}\nVersion: 1\nArchitecture: all\nSection: {name}\n"
    expect_verified(run(place / "p.db", "-", text=index.encode()))
    expect(query(place / "p.db", "SELECT name FROM packages ORDER BY id") == [("b",), (name,)], "names")


def an_empty_index_is_refused(place):
    expect_refused(run(place / "p.db", "-", text=b""), "holds no packages", "apt-get update")
    expect_refused(run(place / "p.db", "-", text=os.urandom(100_000)), "holds no packages")
    expect(not (place / "p.db").exists(), "a database was made")


def a_compressed_index_is_refused(place):
    (place / "Packages.gz").write_bytes(gzip.compress(INDEX.read_bytes()))
    expect_refused(run(place / "p.db", place / "Packages.gz"), "compressed", "gzip -dc")


def a_file_that_is_not_there_is_refused(place):
    expect_refused(run(place / "p.db", place / "absent"), "absent", "No such file")
    expect_refused(run(place / "p.db", place), "directory")
    expect_refused(run(place / "absent" / "p.db", INDEX), "p.db")


def a_database_of_others_is_refused(place):
    query(place / "p.db", "CREATE TABLE accounts(x)")
    expect_refused(run(place / "p.db", INDEX), "other data", "accounts")
    expect(query(place / "p.db", "SELECT name FROM sqlite_master") == [("accounts",)], "it was changed")


def a_file_that_is_no_database_is_refused(place):
    (place / "p.db").write_bytes(b"this is text, and not a database at all\n" * 200)
    before = (place / "p.db").read_bytes()
    expect_refused(run(place / "p.db", INDEX), "p.db")
    expect((place / "p.db").read_bytes() == before, "it was changed")


def wrong_arguments_show_the_usage(place):
    for args in ((), (place / "a", "b", "c"), ("--help",), ("",)):
        result = run(*args)
        expect(result.returncode == 2 and result.stderr.startswith(b"usage: packages"), result.stderr)


CASES = [value for value in list(globals().values())
         if callable(value) and getattr(value, "__code__", None) and value.__code__.co_varnames[:1] == ("place",)]


def main():
    print(f"1..{len(CASES)}")
    failed = 0
    for number, case in enumerate(CASES, 1):
        problem = None
        with tempfile.TemporaryDirectory() as name:
            try:
                case(pathlib.Path(name))
            except Exception as error:  # the other cases run all the same
                problem = f"{type(error).__name__}: {error}"
        failed += problem is not None
        print(f"{'not ok' if problem else 'ok'} {number} - {case.__name__.replace('_', ' ')}", flush=True)
        if problem:
            print("\n".join("# " + line for line in problem.splitlines()), flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
