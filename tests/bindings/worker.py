#!/usr/bin/env python3
"""A worker of together.py in Python, by ctypes. usage: worker.py MODELS URL SECONDS NUMBER [stale]"""

import ctypes
import json
import pathlib
import random
import sys
import time

import thing_ctypes
from thing_ctypes import Handle

ROWS, GROUPS = 12, 3
MIX = {"incr": 12, "read": 35, "list": 12, "save": 8, "page": 13, "make": 5, "drop": 5, "count": 6, "marks": 4}


class Worker:
    """An operation is a method that gives its key, its value, and when the call began and ended."""

    def __init__(self, models, url, number, stale):
        self.thing = thing = thing_ctypes.load()
        self.db = thing.open(url)
        document = pathlib.Path(models).read_bytes()
        thing.call(thing.thing_model_register, self.db, document, len(document))
        self.tally, self.page_model, self.mark = (
            Handle(thing.thing_model_find(self.db, name, -1)) for name in (b"Tally", b"Page", b"Mark"))
        self.random = random.Random(number)
        self.next_mark, self.mine = number * 1000000, []
        self.copies = {} if stale else None
        self.lines = []

    def work(self, seconds):
        end = time.monotonic() + seconds
        names, weights = list(MIX), list(MIX.values())
        while time.monotonic() < end:
            what = self.random.choices(names, weights)[0]
            try:
                line = getattr(self, what)()
            except thing_ctypes.Failure as failure:
                what, line = "fail", (what, failure.name, *self.times())
            except LookupError:
                what, line = "fail", (what, "NOT_FOUND", *self.times())
            if line:
                self.lines.append(f"{what} " + " ".join(map(str, line)))

    def timed(self, function, *arguments):
        """Calls a function that has to find its row; times() tells when."""
        self.start = time.monotonic_ns()
        try:
            if self.thing.call(function, *arguments) == self.thing.THING_NOT_FOUND:
                raise LookupError
        finally:
            self.end = time.monotonic_ns()

    def times(self):
        return self.start, self.end

    def row(self):
        return self.random.randint(1, ROWS)

    def group(self):
        return self.random.randrange(GROUPS)

    def by_id(self, model, row):
        obj = Handle()
        self.timed(self.thing.thing_by_id, self.db, None, model, row, ctypes.byref(obj))
        return obj

    def number(self, obj, field):
        """An int field of an object, which is freed."""
        value = self.thing.thing_obj_int64(obj, field)
        self.thing.thing_obj_free(obj)
        return value

    def query(self, model, group):
        """The rows of a group, as JSON."""
        rows, buf, document = Handle(), Handle(), b'{"where":{"grp":%d}}' % group
        self.timed(self.thing.thing_query, self.db, None, model, document, len(document), ctypes.byref(rows))
        self.thing.call(self.thing.thing_rows_json, rows, 0, ctypes.byref(buf))
        self.thing.thing_rows_free(rows)
        return json.loads(self.thing.take(buf))

    # ---- operations

    def incr(self):
        row, now = self.row(), ctypes.c_int64()
        self.timed(self.thing.thing_incr, self.db, None, self.tally, row, 2, 1, ctypes.byref(now))
        return row, now.value, *self.times()

    def read(self):
        row = self.row()
        if self.copies is None or row not in self.copies:
            value = self.number(self.by_id(self.tally, row), 2)
        else:
            self.start = self.end = time.monotonic_ns()
            value = self.copies[row]
        if self.copies is not None:
            self.copies[row] = value
        return row, value, *self.times()

    def list(self):
        group = self.group()
        rows = self.query(self.tally, group)
        return group, ",".join(f"{row['id']}:{row['n']}" for row in rows) or "-", *self.times()

    def save(self):
        row = self.row()
        obj = self.by_id(self.page_model, row)
        text = str(self.random.random()).encode()
        try:
            self.thing.call(self.thing.thing_obj_set_text, obj, 1, text, len(text))
            self.timed(self.thing.thing_save, self.db, None, obj)
            return row, self.thing.thing_obj_int64(obj, 2), *self.times()
        finally:
            self.thing.thing_obj_free(obj)

    def page(self):
        row = self.row()
        return row, self.number(self.by_id(self.page_model, row), 2), *self.times()

    def make(self):
        self.next_mark += 1
        obj, row = Handle(self.thing.thing_obj_new(self.mark)), self.next_mark
        try:
            self.thing.call(self.thing.thing_obj_set_int64, obj, 0, row)
            self.thing.call(self.thing.thing_obj_set_int64, obj, 1, row % GROUPS)
            self.timed(self.thing.thing_save, self.db, None, obj)
        finally:
            self.thing.thing_obj_free(obj)
        self.mine.append(row)
        return row, row % GROUPS, *self.times()

    def drop(self):
        if not self.mine:
            return None
        row = self.mine[0]
        self.timed(self.thing.thing_delete_by_id, self.db, None, self.mark, row, self.thing.THING_DELETE_DEFAULT)
        del self.mine[0]
        return row, row % GROUPS, *self.times()

    def count(self):
        group, q, n = self.group(), Handle(self.thing.thing_criteria_new(self.mark)), ctypes.c_int64()
        try:
            self.thing.thing_criteria_int64(q, 1, self.thing.THING_OP_EQ, group, None)
            self.timed(self.thing.thing_query_count, self.db, None, q, ctypes.byref(n))
        finally:
            self.thing.thing_criteria_free(q)
        return group, n.value, *self.times()

    def marks(self):
        group = self.group()
        rows = self.query(self.mark, group)
        return group, ",".join(str(row["id"]) for row in rows) or "-", *self.times()

    def stats(self):
        buf = Handle()
        self.thing.call(self.thing.thing_cache_stats_json, self.db, False, ctypes.byref(buf))
        return self.thing.take(buf).decode()


def main():
    models, url, seconds, number = sys.argv[1:5]
    worker = Worker(models, url, int(number), "stale" in sys.argv[5:])
    print("ready", flush=True)
    sys.stdin.readline()
    worker.work(float(seconds))
    print("\n".join(worker.lines))
    print("stats " + worker.stats())
    worker.thing.thing_close(worker.db)


if __name__ == "__main__":
    main()
