#!/usr/bin/env python3
"""Runs the packages example on a real excerpt of an index and on input that is not as it should be.

usage: packages_test.py PROGRAM INDEX

It runs on SQLite, and on the servers that THING_TEST_POSTGRES and THING_TEST_MYSQL name, in schemas and databases of its
own that go again. What a server answers is compared with what SQLite answers.
"""

import csv
import gzip
import io
import os
import pathlib
import pty
import re
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import urllib.parse

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
                    rows.append((package["Package"], kind, str(number), name, constraint))
    return sorted(rows, key=str)


# ---- databases: each is new and empty; what they answer is text, or None


class Sqlite:
    name = "sqlite"

    def __init__(self, place, number):
        self.argument = place / f"{number}.db"

    def query(self, sql):
        with sqlite3.connect(self.argument) as connection:
            rows = connection.execute(sql).fetchall()
        return [tuple(None if cell is None else str(cell) for cell in row) for row in rows]

    def tables(self):
        rows = self.query("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite!_%' ESCAPE '!'")
        return sorted(name for name, in rows)

    def drop(self):
        pass  # goes with its directory


def ask(command, sql, **environment):
    done = subprocess.run(command, input=sql.encode(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120,
                          env={**os.environ, **environment})
    if done.returncode:
        raise AssertionError(f"{command[0]}: {done.stderr.decode('utf-8', 'replace')}")
    return done.stdout.decode("utf-8")


class Server:
    TABLES = "SELECT table_name FROM information_schema.tables WHERE table_schema = '{}'"

    def __init__(self, _, number):
        self.space = f"thing_packages_{os.getpid()}_{number}"
        self.make()

    def tables(self):
        return sorted(name for name, in self.query(self.TABLES.format(self.space)))


class Postgres(Server):
    """A schema of its own, asked by psql."""
    name, variable, absent = "postgres", "THING_TEST_POSTGRES", "postgresql://ann:tiger@127.0.0.1:1/x"

    @property
    def argument(self):
        url = os.environ[self.variable]
        return f"{url}{'&' if '?' in url else '?'}options=-csearch_path%3D{self.space}"

    def ask(self, sql):
        command = ["psql", "-XqAt", "--csv", "-P", "null=\\N", "-v", "ON_ERROR_STOP=1", os.environ[self.variable]]
        return ask(command, f"SET search_path = {self.space};\n{sql};\n", PGCLIENTENCODING="UTF8",
                   PGOPTIONS="-c client_min_messages=warning")

    def make(self):
        self.ask(f"CREATE SCHEMA {self.space}")

    def query(self, sql):
        rows = csv.reader(io.StringIO(self.ask(sql), newline=""))
        return [tuple(None if cell == "\\N" else cell for cell in row) for row in rows]

    def drop(self):
        self.ask(f"DROP SCHEMA {self.space} CASCADE")


class Mysql(Server):
    """A database of its own, asked by the client of MariaDB or MySQL."""
    name, variable, absent = "mysql", "THING_TEST_MYSQL", "mysql://ann:tiger@127.0.0.1:1/x"
    ESCAPED = {"n": "\n", "t": "\t", "0": "\0", "\\": "\\"}

    @property
    def argument(self):
        return urllib.parse.urlsplit(os.environ[self.variable])._replace(path="/" + self.space).geturl()

    def ask(self, sql, database=None):
        url = urllib.parse.urlsplit(os.environ[self.variable])
        options = dict(urllib.parse.parse_qsl(url.query))
        where = [f"--socket={options['socket']}"] if "socket" in options else [
            f"--host={url.hostname}", f"--port={url.port or 3306}", "--protocol=tcp"]
        command = [shutil.which("mariadb") or "mysql", "--no-defaults", "--batch", "--skip-column-names",
                   "--default-character-set=utf8mb4", f"--user={urllib.parse.unquote(url.username or 'root')}", *where]
        return ask(command + [database] * (database is not None), f"SET sql_mode = 'ANSI_QUOTES';\n{sql};\n",
                   MYSQL_PWD=urllib.parse.unquote(url.password or ""))

    def make(self):
        self.ask(f"CREATE DATABASE {self.space}")

    def query(self, sql):
        def cell(text):
            return None if text == "NULL" else re.sub(r"\\(.)", lambda m: self.ESCAPED[m[1]], text)
        lines = self.ask(sql, self.space).split("\n")[:-1]
        return [tuple(cell(text) for text in line.split("\t")) for line in lines]

    def drop(self):
        self.ask(f"DROP DATABASE {self.space}")


class Place:
    """What a case gets: an empty directory and new databases of one kind."""
    made = 0

    def __init__(self, kind, directory):
        self.kind, self.directory, self.databases = kind, directory, []

    def database(self):
        Place.made += 1
        self.databases.append(self.kind(self.directory, Place.made))
        return self.databases[-1]

    def drop(self):
        for database in self.databases:
            database.drop()


def run(*args, text=None, **options):
    words = [str(getattr(arg, "argument", arg)) for arg in args]
    return subprocess.run([str(PROGRAM), *words], input=text, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          timeout=120, **options)


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


def sqlite_alone(case):
    case.kinds = [Sqlite]
    return case


def servers_alone(case):
    case.kinds = [Postgres, Mysql]
    return case


# ---- the cases: each gets a place


def saves_and_verifies_the_excerpt(at):
    database = at.database()
    expect_verified(run(database, INDEX))
    packages = paragraphs(INDEX.read_text(encoding="utf-8"))
    expect(len(packages) == 200, len(packages))
    found = database.query("SELECT name, version, architecture, size, homepage FROM packages")
    wanted = [(p["Package"], p["Version"], p["Architecture"], p.get("Size"), p.get("Homepage")) for p in packages]
    expect(sorted(found, key=str) == sorted(wanted, key=str), "packages differ")


def saves_every_dependency(at):
    database = at.database()
    expect_verified(run(database, INDEX))
    saved = database.query('SELECT p.name, d.kind, d.clause, d.target, d."constraint" FROM dependencies d '
                           "JOIN packages p ON p.id = d.package_id")
    expect(sorted(saved, key=str) == rows_of_dependencies(paragraphs(INDEX.read_text(encoding="utf-8"))),
           "dependencies differ")


def keeps_the_lines_of_a_description(at):
    database = at.database()
    expect_verified(run(database, INDEX))
    [(description,)] = database.query("SELECT description FROM packages WHERE name = 'nodejs'")
    expect(description.startswith("Node.js event-based server-side javascript engine\nNode.js is"), description)
    expect("\n\n" in description and "\n.\n" not in description, description)


def answers_with_tables_that_align(at):
    output = expect_verified(run(at.database(), INDEX))
    for word in ("What depends on libsqlite3-0", "The biggest maintainers", "the largest of section games",
                 "Names that start with python3-sql", "As JSON: libsqlite3-0", "reads after it: right"):
        expect(word in output, f"no '{word}'")
    for table in re.findall(r"^( .*)\n(  -[- ]*)\n((?: .*\n)+)", output, re.M):
        ends = [match.start() for match in re.finditer("  -", table[1])][1:]
        for line in [table[0], *table[2].splitlines()]:
            if all(ord(c) < 0x300 for c in line):
                expect(all(line[end:end + 2] == "  " for end in ends if end < len(line)), line)


def without_times(output):
    """What does not depend on how fast the machine is, and whether there is a cache."""
    answers, _, rest = output.partition("Reading ")
    counts = rest[rest.index("  Count of"):]
    timeless = re.sub(r"[\d,.]+ (us|ms|s)\b", "TIME", answers + counts)
    return re.sub(r"[\d,]+ rows a second", "RATE", timeless)


@servers_alone
def answers_as_sqlite_does(at):
    mine = without_times(expect_verified(run(at.database(), INDEX)))
    theirs = without_times(expect_verified(run(Sqlite(at.directory, 0), INDEX)))
    expect(mine == theirs, f"{mine}\ninstead of\n{theirs}")


@servers_alone
def a_cache_that_was_asked_for_answers(at):
    database = at.database()
    url = f"{database.argument}{'&' if '?' in database.argument else '?'}cache=memory"
    output = expect_verified(run(url, INDEX))
    expect("the cache " in output and "right while nobody but this handle writes" in output, output)
    expect("Another connection" not in output, output)


def shows_a_bar_on_a_terminal_alone(at):
    expect(b"[=" not in run(at.database(), INDEX).stderr, "a bar in a pipe")
    main, side = pty.openpty()
    result = subprocess.run([str(PROGRAM), str(at.database().argument), str(INDEX)], stdout=subprocess.PIPE,
                            stderr=side, env={**os.environ, "TERM": "xterm"}, timeout=120)
    os.close(side)
    shown = os.read(main, 1 << 16)
    os.close(main)
    result.stderr = b""  # it went to the terminal
    expect(b"100 %" in shown and shown.endswith(b"\r\x1b[K"), shown)
    expect_verified(result)


def reads_standard_input(at):
    expect_verified(run(at.database(), "-", text=INDEX.read_bytes()))


@sqlite_alone
def a_url_names_a_file_too(at):
    expect_verified(run(f"sqlite:{at.directory}/u.db?synchronous=off", INDEX))
    expect((at.directory / "u.db").exists(), "no file")
    expect_verified(run("sqlite::memory:", INDEX))
    expect_verified(run(":memory:", INDEX))


def a_second_run_replaces_the_first(at):
    database = at.database()
    expect_verified(run(database, INDEX))
    half = b"\n\n".join(INDEX.read_bytes().split(b"\n\n")[:50])
    output = expect_verified(run(database, "-", text=half))
    expect("of an earlier run" in output, output)
    expect(database.query("SELECT count(*) FROM packages") == [("50",)], "not 50 packages")


def carriage_returns_change_nothing(at):
    one, other = at.database(), at.database()
    expect_verified(run(one, INDEX))
    expect_verified(run(other, "-", text=INDEX.read_bytes().replace(b"\n", b"\r\n")))
    sql = "SELECT name, version, maintainer_id, description, homepage FROM packages ORDER BY id"
    expect(one.query(sql) == other.query(sql), "packages differ")


def bad_lines_are_counted_and_left_out(at):
    database = at.database()
    index = (b"\xef\xbb\xbfPackage: a\nVersion: 1\nArchitecture: all\nno colon here\n: no name\nSize: many\n"
             b"Depends: b (>= 1) | c,, d (, | \n\n continuation of nothing\n\nPackage: b\nVersion: 1\n\n"
             b"package: a\nVERSION: 1\nArchitecture: all\n# a comment\n")
    output = expect_verified(run(database, "-", text=index))
    expect("bad lines or values, 1 incomplete paragraphs, 1 repeated packages" in output, output)
    expect(database.query("SELECT target FROM dependencies ORDER BY id") == [("b",), ("c",), ("d",)], "targets")


def missing_fields_are_null(at):
    database = at.database()
    expect_verified(run(database, "-", text=b"Package: a\nVersion: 1\nArchitecture: all\n"))
    row = database.query("SELECT section_id, maintainer_id, size, description, homepage FROM packages")
    expect(row == [(None,) * 5], row)


def one_address_is_one_maintainer(at):
    database = at.database()
    index = "".join(f"Package: p{n}\nVersion: 1\nArchitecture: all\nMaintainer: {m}\n\n" for n, m in enumerate(
        ["Ann <a@b.example>", "ANN <A@B.example>,", "Ann", "<c@d.example>", "\"Zoë, 漢字\" <e@f.example>"]))
    expect_verified(run(database, "-", text=index.encode()))
    rows = database.query("SELECT name, email FROM maintainers ORDER BY id")
    expect(rows == [("Ann", "a@b.example"), ("Ann", None), ("c@d.example", "c@d.example"),
                    ('"Zoë, 漢字"', "e@f.example")], rows)


def invalid_utf8_is_repaired(at):
    database = at.database()
    index = b"Package: a\xff\xfe\nVersion: 1\0\nArchitecture: all\nDescription: M\xfcller \x1b[31m \xed\xa0\x80\n"
    output = expect_verified(run(database, "-", text=index))
    expect("\x1b" not in output.replace("\\u001b", ""), "a control character on the terminal")
    [row] = database.query("SELECT name, version, description FROM packages")
    expect(row == ("a\ufffd\ufffd", "1\ufffd", "M\ufffdller \x1b[31m \ufffd\ufffd\ufffd"), row)


def huge_lines_are_cut(at):
    database = at.database()
    index = b"Package: a\nVersion: 1\nArchitecture: all\nDescription: " + b"x" * 5_000_000 + b"\nHomepage: h\n"
    output = expect_verified(run(database, "-", text=index))
    expect("left out: 1 bad lines" in output, output)
    expect(database.query("SELECT homepage FROM packages") == [("h",)], "the line after is lost")


def quotes_in_names_harm_nothing(at):
    database = at.database()
    name = "a'\"; DROP TABLE packages; --\\%_"
    index = f"Package: b\nVersion: 1\nArchitecture: all\nDepends: {name.replace(' ', '')}\n\n"
    index += f"Package: {name}\nVersion: 1\nArchitecture: all\nSection: {name}\n"
    expect_verified(run(database, "-", text=index.encode()))
    expect(database.query("SELECT name FROM packages ORDER BY id") == [("b",), (name,)], "names")


def an_empty_index_is_refused(at):
    database = at.database()
    expect_refused(run(database, "-", text=b""), "holds no packages", "apt-get update")
    expect_refused(run(database, "-", text=os.urandom(100_000)), "holds no packages")
    expect(database.tables() == [], "tables were made")


def a_compressed_index_is_refused(at):
    (at.directory / "Packages.gz").write_bytes(gzip.compress(INDEX.read_bytes()))
    expect_refused(run(at.database(), at.directory / "Packages.gz"), "compressed", "gzip -dc")


def a_file_that_is_not_there_is_refused(at):
    database = at.database()
    expect_refused(run(database, at.directory / "absent"), "absent", "No such file")
    expect_refused(run(database, at.directory), "directory")
    expect(database.tables() == [], "tables were made")


@sqlite_alone
def a_directory_that_is_not_there_is_refused(at):
    expect_refused(run(at.directory / "absent" / "p.db", INDEX), "p.db")


@servers_alone
def a_server_that_is_not_there_is_refused(at):
    result = run(at.kind.absent, INDEX)
    expect_refused(result, at.kind.absent.split("//", maxsplit=1)[0])
    expect(b"tiger" not in result.stderr, "the password is shown")


def a_database_of_others_is_refused(at):
    database = at.database()
    database.query("CREATE TABLE accounts(x INTEGER)")
    expect_refused(run(database, INDEX), "other data", "accounts")
    expect(database.tables() == ["accounts"], "it was changed")


def a_load_that_fails_leaves_the_database_as_it_was(at):
    database = at.database()
    expect_verified(run(database, INDEX))
    for table in ("packages", "sections", "maintainers"):
        database.query(f"DROP TABLE {table}")
    database.query("DELETE FROM dependencies WHERE id > 1")
    database.query("CREATE UNIQUE INDEX no_target_twice ON dependencies(target)")
    before = database.query("SELECT * FROM dependencies ORDER BY id")
    expect_refused(run(database, INDEX), "E_UNIQUE")
    expect(database.tables() == ["dependencies"], database.tables())
    expect(len(before) == 1 and database.query("SELECT * FROM dependencies ORDER BY id") == before, "rows differ")


def allow_small_files_alone():
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (160 << 10, 160 << 10))


@sqlite_alone
def a_new_file_goes_when_the_load_fails(at):
    expect_refused(run(at.directory / "p.db", INDEX, preexec_fn=allow_small_files_alone))
    expect(list(at.directory.iterdir()) == [], list(at.directory.iterdir()))


@sqlite_alone
def a_file_that_is_no_database_is_refused(at):
    file = at.directory / "p.db"
    file.write_bytes(b"this is text, and not a database at all\n" * 200)
    before = file.read_bytes()
    expect_refused(run(file, INDEX), "p.db")
    expect(file.read_bytes() == before, "it was changed")


@sqlite_alone
def wrong_arguments_show_the_usage(at):
    for args in ((), (at.directory / "a", "b", "c"), ("--help",), ("",)):
        result = run(*args)
        expect(result.returncode == 2 and result.stderr.startswith(b"usage: packages"), result.stderr)


CASES = [value for value in list(globals().values())
         if callable(value) and getattr(value, "__code__", None) and value.__code__.co_varnames[:1] == ("at",)]


def why_not(kind):
    """Why the kind can not be tested here; None when it can."""
    if not os.environ.get(kind.variable):
        return f"{kind.variable} is not set"
    if b"this build was made without" in run(kind.absent, INDEX).stderr:
        return "this build was made without its driver"
    return None


def problem_of(case, kind):
    with tempfile.TemporaryDirectory() as name:
        at = Place(kind, pathlib.Path(name))
        try:
            case(at)
        except Exception as error:  # the other cases run all the same
            return f"{type(error).__name__}: {error}"
        finally:
            at.drop()
    return None


def main():
    skipped = {kind: why_not(kind) for kind in (Postgres, Mysql)}
    kinds = [Sqlite] + [kind for kind, reason in skipped.items() if reason is None]
    points = [(case, kind) for kind in kinds for case in CASES if kind in getattr(case, "kinds", kinds)]
    reasons = [(kind.name, reason) for kind, reason in skipped.items() if reason is not None]
    print(f"1..{len(points) + len(reasons)}")
    failed = 0
    for number, (case, kind) in enumerate(points, 1):
        problem = problem_of(case, kind)
        failed += problem is not None
        name = f"{kind.name}: {case.__name__.replace('_', ' ')}"
        print(f"{'not ok' if problem else 'ok'} {number} - {name}", flush=True)
        if problem:
            print("\n".join("# " + line for line in problem.splitlines()), flush=True)
    for number, (name, reason) in enumerate(reasons, len(points) + 1):
        print(f"ok {number} - {name} # SKIP {reason}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
