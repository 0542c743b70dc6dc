"""Databases for tests: an empty one on each server that there is, which goes when the test is done."""

import contextlib
import ctypes
import os
import tempfile
import urllib.parse
import uuid

import thing_ctypes

SERVERS = {"postgres": "THING_TEST_POSTGRES", "mysql": "THING_TEST_MYSQL"}


def missing(database, cache="off"):
    """Why a database with a cache can not be had here; None when it can."""
    wanted = [SERVERS[database]] if database in SERVERS else []
    wanted += ["THING_TEST_REDIS"] if cache == "redis" else []
    unset = [name for name in wanted if not os.environ.get(name)]
    return f"{unset[0]} is not set" if unset else None


@contextlib.contextmanager
def place(database, cache):
    """The URL of an empty database, with the options of the cache."""
    name = "thing_bindings_" + uuid.uuid4().hex[:16]
    options = {"cache": cache}
    if cache == "redis":
        options |= {"redis": os.environ["THING_TEST_REDIS"], "cache_space": name}
    if database == "sqlite":
        with tempfile.TemporaryDirectory() as folder:
            yield with_options(f"sqlite:{folder}/scenario.db", options)
        return
    server = os.environ[SERVERS[database]]
    kind = "SCHEMA" if database == "postgres" else "DATABASE"
    execute(server, f"CREATE {kind} {name}")
    try:
        if database == "postgres":
            yield with_options(server, {"options": f"-c search_path={name}"} | options)
        else:
            yield with_options(with_database(server, name), options)
    finally:
        execute(server, f"DROP {kind} {name}" + (" CASCADE" if database == "postgres" else ""))


def with_options(url, options):
    return url + ("&" if "?" in url else "?") + urllib.parse.urlencode(options, quote_via=urllib.parse.quote)


def with_database(url, name):
    return urllib.parse.urlunsplit(urllib.parse.urlsplit(url)._replace(path="/" + name))


def execute(url, sql):
    thing = thing_ctypes.load()
    db = thing.open(url)
    try:
        text = sql.encode()
        thing.call(thing.thing_exec, db, None, text, len(text), None, 0, b"", ctypes.byref(ctypes.c_int64()))
    finally:
        thing.thing_close(db)
