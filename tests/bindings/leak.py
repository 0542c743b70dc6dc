#!/usr/bin/env python3
"""Makes and frees objects by ctypes, over and over, and looks whether memory stays what it was. Prints TAP.

usage: leak.py [OBJECTS]
"""

import ctypes
import pathlib
import resource
import sys

import thing_ctypes
from thing_ctypes import Handle

MODEL = b'{"name": "Note", "fields": {"id": "int", "text": {"type": "text", "unique": true}}}'
ROWS, ALLOWED = 20, 2048
STATM = pathlib.Path("/proc/self/statm")


def memory():
    """In KiB."""
    return int(STATM.read_text(encoding="ascii").split()[1]) * resource.getpagesize() // 1024


def work(thing, db, model):
    """Objects of rows that are gone, one by its key, a failure with its error, and a hook that is a closure."""
    rows, buf, one, number = Handle(), Handle(), Handle(), ctypes.c_int64()
    thing.call(thing.thing_query, db, None, model, b"{}", -1, ctypes.byref(rows))
    objs = [Handle(thing.thing_obj_new(model)), *(Handle(thing.thing_rows_obj(rows, i)) for i in range(ROWS))]
    thing.call(thing.thing_rows_json, rows, 0, ctypes.byref(buf))
    text = thing.take(buf)
    thing.thing_rows_free(rows)
    thing.call(thing.thing_by_id, db, None, model, 2, ctypes.byref(one))
    hook = thing_ctypes.HookFn(lambda *_: len(text) and 0)
    thing.call(thing.thing_hook_add, db, model, thing.THING_ON_AFTER_SAVE, hook, None, thing_ctypes.FreeFn(0),
               ctypes.byref(number))
    thing.call(thing.thing_obj_assign_json, objs[0], b'{"id": 99, "text": "t1"}', -1)
    try:
        thing.call(thing.thing_save, db, None, objs[0])
    except thing_ctypes.Failure as failure:
        assert failure.name == "E_UNIQUE", failure
    assert thing.thing_hook_remove(db, number) == thing.THING_OK
    for obj in (*objs, one):
        thing.thing_obj_free(obj)
    return len(objs) + 1


def main():
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else 200000
    if not STATM.exists():
        print("1..0 # SKIP the system does not tell how much memory a process has")
        return 0
    thing = thing_ctypes.load()
    db = thing.open("sqlite::memory:")
    thing.call(thing.thing_model_register, db, MODEL, len(MODEL))
    thing.call(thing.thing_schema_sync, db, None)
    model = Handle(thing.thing_model_find(db, b"Note", -1))
    for i in range(1, ROWS + 1):
        obj = Handle(thing.thing_obj_new(model))
        thing.call(thing.thing_obj_assign_json, obj, b'{"id": %d, "text": "t%d"}' % (i, i), -1)
        thing.call(thing.thing_save, db, None, obj)
        thing.thing_obj_free(obj)

    made, before = 0, None
    while made < wanted:
        made += work(thing, db, model)
        if before is None and made > wanted // 10:
            before = memory()
    grown = memory() - before
    print(f"{'ok' if grown <= ALLOWED else 'not ok'} 1 - {made} objects leave nothing behind")
    print(f"# {grown} KiB more of {before}\n1..1")
    return 0 if grown <= ALLOWED else 1


if __name__ == "__main__":
    sys.exit(main())
