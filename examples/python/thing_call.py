#!/usr/bin/env python3
"""A database for any language that can load a shared library: one function, thing_call, does everything with records.

usage: thing_call.py LIBRARY [URL]      # libthing.so.0 sqlite::memory:
"""

import ctypes
import json
import sys

MODELS = [
    {"name": "Author", "fields": {"id": {"type": "int", "primary": True, "default": {"fn": "autoincrement"}},
                                  "name": {"type": "text", "unique": True}},
     "relations": {"books": {"has_many": "Book"}}},
    {"name": "Book", "fields": {"id": {"type": "int", "primary": True, "default": {"fn": "autoincrement"}},
                                "title": "text", "pages": {"type": "int", "min": 1}, "authorId": "int?"},
     "hidden": ["authorId"],
     "relations": {"author": {"belongs_to": "Author"}}},
]

Handle, Text, Length, Out = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int64, ctypes.POINTER(ctypes.c_void_p)


class ThingError(Exception):
    """What went wrong; error has all of it."""

    def __init__(self, error):
        super().__init__(error["message"])
        self.error = error


class Thing:
    """A database. Actions and their documents are in docs/reference/actions.md."""

    def __init__(self, library, url, models):
        self.library = ctypes.CDLL(library)
        self.declare("thing_open", Text, Length, Out, Out)
        self.declare("thing_close", Handle, result=None)
        self.declare("thing_model_register", Handle, Text, Length, Out)
        self.declare("thing_schema_sync", Handle, Handle, Out)
        self.declare("thing_call", Handle, Handle, Text, Text, Text, Length, Out, Out)
        self.declare("thing_buf_data", Handle, result=Handle)
        self.declare("thing_buf_len", Handle, result=Length)
        self.declare("thing_buf_free", Handle, result=None)
        self.declare("thing_error_json", Handle, result=Handle)
        self.declare("thing_error_free", Handle, result=None)
        self.db = Handle()
        self.run("thing_open", url.encode(), -1, ctypes.byref(self.db))
        self.run("thing_model_register", self.db, json.dumps(models).encode(), -1)
        self.run("thing_schema_sync", self.db, None)

    def declare(self, name, *arguments, result=ctypes.c_int32):
        function = getattr(self.library, name)
        function.argtypes, function.restype = arguments, result

    def run(self, name, *arguments):
        """Calls a function that takes an error last."""
        error = Handle()
        status = getattr(self.library, name)(*arguments, ctypes.byref(error))
        if status >= 0:
            return status
        document = self.take(self.library.thing_error_json(error))
        self.library.thing_error_free(error)
        raise ThingError(document)

    def take(self, buf):
        """What a buffer holds, which is freed."""
        text = ctypes.string_at(self.library.thing_buf_data(buf), self.library.thing_buf_len(buf))
        self.library.thing_buf_free(buf)
        return json.loads(text)

    def call(self, model, action, **args):
        """The answer of an action; None when the record is not there."""
        out = Handle()
        self.run("thing_call", self.db, None, model.encode(), action.encode(), json.dumps(args).encode(), -1,
                 ctypes.byref(out))
        return self.take(out) if out else None

    def close(self):
        self.library.thing_close(self.db)


def main():
    thing = Thing(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else "sqlite::memory:", MODELS)

    ursula = thing.call("Author", "create", include={"books": True}, data={
        "name": "Ursula", "books": {"create": [{"title": "A Wizard of Earthsea", "pages": 205},
                                               {"title": "The Dispossessed", "pages": 341}]}})
    print(f"{ursula['name']} wrote {len(ursula['books'])} books")

    for book in thing.call("Book", "findMany", where={"pages": {"gt": 100}, "author": {"name": "Ursula"}},
                           orderBy=[{"pages": "desc"}], include={"author": True}):
        print(f"  {book['title']}, {book['pages']} pages, by {book['author']['name']}")

    thing.call("Book", "update", where={"id": 1}, data={"pages": {"increment": 10}})
    print(thing.call("Book", "aggregate", _count=True, _sum={"pages": True}, _max={"pages": True}))
    print(thing.call("Author", "findUnique", where={"name": "Nobody"}))

    for model, data in (("Author", {"name": "Ursula"}), ("Book", {"title": "Nothing", "pages": 0})):
        try:
            thing.call(model, "create", data=data)
        except ThingError as failure:
            print(failure.error["code"], failure.error["model"], failure.error["fields"], failure.error["constraint"])
    thing.close()


if __name__ == "__main__":
    main()
