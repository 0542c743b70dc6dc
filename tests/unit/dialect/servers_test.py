#!/usr/bin/env python3
"""Has servers prepare the SQL of tests/golden, run what needs no rows, and answer random queries.

usage: servers_test.py GOLDEN TAP ANSWERS

TAP is the folder of tap.py, ANSWERS the program dialect_answers. THING_TEST_POSTGRES is a URL for psql, THING_TEST_MYSQL is
mysql://user:password@host:port/database[?socket=PATH] of MySQL or MariaDB; without one, its points
are skipped. Tables are made in a schema or a database of the test's own, which goes with it.
"""

import os
import pathlib
import random
import re
import subprocess
import sys
import urllib.parse

FILES = ["tables", "queries", "pages", "groups", "writes", "relations"]
NAMES = ["sqlite", "postgres", "mysql", "mariadb"]
MARK = "-- end of answer --"
RUNS = {"select", "after", "from", "count", "exists", "key", "per", "page", "numbers"}  # ask for rows, whatever the arguments
CHANGES = {"set", "remove", "update", "delete"}  # find no row when the arguments are NULL


def read_golden(file):
    """(request, {dialect: [answers]}) of a file, in its order."""
    entries = []
    for line in file.read_text(encoding="utf-8").splitlines():
        if line.startswith("  "):
            name, _, answer = line.strip().partition(" ")
            if name not in NAMES:
                raise SystemExit(f"{file}: found '{name}', expected one of {', '.join(NAMES)}")
            entries[-1][1].setdefault(name, []).append(answer.strip())
        elif line and not line.startswith("#"):
            entries.append((line, {}))
    return entries


class Postgres:
    """psql in a schema of its own; every statement is the input of one session."""

    def __init__(self, url):
        self._url, self._schema = url, f"thing_golden_{os.getpid()}"
        self.name = "postgres"
        self._ask(f'CREATE SCHEMA "{self._schema}"')

    def close(self):
        self._ask(f'DROP SCHEMA "{self._schema}" CASCADE')

    def _ask(self, sql):
        run = subprocess.run(
            ["psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", self._url], capture_output=True,
            input=sql + ";\n", encoding="utf-8",
            errors="replace", env={**os.environ, "PGCLIENTENCODING": "UTF8"}, check=False)
        return run.stdout, run.stderr.strip() if run.returncode != 0 else None

    def ask(self, sql):
        return self._ask(f'SET search_path = "{self._schema}";\n{sql}')

    def check(self, kind, sql):
        """Prepared, and executed with NULLs where that changes nothing."""
        count = max((int(n) for n in re.findall(r"\$(\d+)", sql)), default=0)
        nulls = "(" + ", ".join(["NULL"] * count) + ")" if count else ""
        execute = f"\nEXECUTE golden{nulls};" if kind in RUNS | CHANGES else ""
        return self.ask(f"PREPARE golden AS {sql}{execute}")[1]

    def drop_column(self, table, column):
        return self.ask(f"ALTER TABLE {table} DROP COLUMN {column}")[1]


class Mysql:
    """The client mariadb (or mysql) in a database of its own."""

    def __init__(self, url):
        parts = urllib.parse.urlsplit(url)
        options = dict(urllib.parse.parse_qsl(parts.query))
        self._command = [
            "mariadb", "--no-defaults", "--batch", "--skip-column-names", "--default-character-set=utf8mb4",
            f"--user={urllib.parse.unquote(parts.username or 'root')}"]
        if "socket" in options:
            self._command.append(f"--socket={options['socket']}")
        else:
            self._command += [f"--host={parts.hostname}", f"--port={parts.port or 3306}", "--protocol=tcp"]
        self._password = urllib.parse.unquote(parts.password or "")
        self._database = f"thing_golden_{os.getpid()}"
        version, problem = self._ask("SELECT VERSION()")
        if problem:
            raise SystemExit(problem)
        self.name = "mariadb" if "MariaDB" in version else "mysql"
        self._ask(f"CREATE DATABASE `{self._database}` CHARACTER SET latin1")

    def close(self):
        self._ask(f"DROP DATABASE `{self._database}`")

    def _ask(self, sql):
        run = subprocess.run(
            self._command, capture_output=True, input=sql + ";\n", encoding="utf-8",
            errors="replace", env={**os.environ, "MYSQL_PWD": self._password}, check=False)
        return run.stdout, run.stderr.strip() if run.returncode != 0 else None

    def ask(self, sql):
        strict = "SET SESSION sql_mode = 'STRICT_ALL_TABLES,ONLY_FULL_GROUP_BY'"
        return self._ask(f"USE `{self._database}`; {strict};\n{sql}")

    def check(self, kind, sql):
        count = re.sub(r"'[^']*'|`[^`]*`", "", sql).count("?")
        text = sql.rstrip(";").encode("utf-8").hex()
        value = "1" if kind in RUNS else "NULL"  # LIMIT takes no NULL
        using = " USING " + ", ".join(["@v"] * count) if count else ""
        execute = f"EXECUTE golden{using};" if kind in RUNS | CHANGES else ""
        return self.ask(f"SET @v = {value}; SET @sql = CONVERT(X'{text}' USING utf8mb4);\n"
                        f"PREPARE golden FROM @sql; {execute}")[1]

    def drop_column(self, table, column):
        return self.ask(f"ALTER TABLE {table} DROP COLUMN {column}")[1]


def check(server, request, answer):
    """What the server says against an answer; None when it takes it."""
    kind = request.split(" ", 1)[0]
    if answer.startswith("-- "):
        return None  # the dialect says that the database has no such thing
    if kind == "create":
        return server.ask(answer)[1]
    if kind == "add":
        table, column = re.match(r"ALTER TABLE (.+) ADD COLUMN (\S+) ", answer).groups()
        return server.drop_column(table, column) or server.ask(answer)[1]
    return server.check(kind, answer)


def check_files(plan, server, files):
    try:
        for file in files:
            for request, answers in read_golden(file):
                problems = [f"{answer}\n{problem}" for answer in answers[server.name]
                            if (problem := check(server, request, answer))]
                plan.point(f"{server.name} takes {file.stem}: {request}", "\n".join(problems))
    finally:
        server.close()


def judge(kind, expected, rows):
    """What is wrong with the rows of an answer; None when nothing is."""
    if kind == "match":
        found = {int(row) for row in rows}
        wrong = [n for n, e in enumerate(expected) if e != "m" and (e == "y") != (n in found)]
        return f"wrong about rows {wrong}" if wrong or len(found) != len(rows) else None
    found = {"list": ",".join(rows), "count": "".join(rows), "rows": str(len(rows))}[kind]
    return None if found == expected else f"found {found}, expected {expected}"


def check_answers(plan, server, program):
    seed = random.randrange(2**31)
    try:
        run = subprocess.run([program, server.name, str(seed)], capture_output=True, check=True)
        lines = [line.split("\t") for line in run.stdout.decode("utf-8").splitlines()]
        asked = [line for line in lines if line[0] != "run"]
        script = [line[1] for line in lines if line[0] == "run"]
        for _, _, sql in asked:
            script += [sql, "SELECT '" + MARK + "'"]
        out, problem = server.ask(";\n".join(script))
        answers = out.split(MARK + "\n")
        problems = [problem] if problem else []
        for (kind, expected, sql), answer in zip(asked, answers):
            wrong = judge(kind, expected, answer.splitlines())
            if wrong:
                problems.append(f"{wrong}\n{sql}")
        plan.point(f"{server.name} answers {len(asked)} random queries (seed {seed})",
                   "\n".join(problems[:10]))
    finally:
        server.close()


def main():
    golden = pathlib.Path(sys.argv[1])
    sys.path.insert(0, sys.argv[2])
    from tap import Plan  # pylint: disable=import-error,import-outside-toplevel
    plan = Plan()
    for server, variable in ((Postgres, "THING_TEST_POSTGRES"), (Mysql, "THING_TEST_MYSQL")):
        url = os.environ.get(variable)
        if url:
            check_files(plan, server(url), [golden / f"{name}.txt" for name in FILES])
            check_answers(plan, server(url), sys.argv[3])
        else:
            plan.point(f"a server of {server.__name__} takes the SQL", skip=f"{variable} is not set")
    plan.end()


if __name__ == "__main__":
    main()
