"""The program of bookshelf.c without a compiler or a header. usage: bookshelf.py LIBRARY DB_FILE"""

import ctypes
import json
import sys

MODEL = {"name": "Book", "fields": {
    "id": {"type": "int", "primary": True, "default": {"fn": "autoincrement"}}, "title": "text", "pages": "int?"}}

Handle, Text, Length = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int64
Out = ctypes.POINTER(Handle)

# name: (result, arguments)
FUNCTIONS = {
    "thing_open": (ctypes.c_int32, [Text, Length, Out, Out]),
    "thing_close": (None, [Handle]),
    "thing_error_message": (Text, [Handle]),
    "thing_error_free": (None, [Handle]),
    "thing_model_register": (ctypes.c_int32, [Handle, Text, Length, Out]),
    "thing_model_find": (Handle, [Handle, Text, Length]),
    "thing_schema_sync": (ctypes.c_int32, [Handle, Handle, Out]),
    "thing_obj_new": (Handle, [Handle]),
    "thing_obj_assign_json": (ctypes.c_int32, [Handle, Text, Length, Out]),
    "thing_obj_id": (ctypes.c_int64, [Handle]),
    "thing_obj_json": (ctypes.c_int32, [Handle, ctypes.c_int32, Out, Out]),
    "thing_obj_free": (None, [Handle]),
    "thing_save": (ctypes.c_int32, [Handle, Handle, Handle, Out]),
    "thing_by_id": (ctypes.c_int32, [Handle, Handle, Handle, ctypes.c_int64, Out, Out]),
    "thing_buf_data": (Handle, [Handle]),
    "thing_buf_len": (ctypes.c_int64, [Handle]),
    "thing_buf_free": (None, [Handle]),
}


def load(path):
    library = ctypes.CDLL(path)
    for name, (result, arguments) in FUNCTIONS.items():
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    return library


def call(library, function, *arguments):
    """Calls a function that takes an error last, and raises that error."""
    err = Handle()
    status = function(*arguments, ctypes.byref(err))
    if status < 0:
        message = library.thing_error_message(err).decode()
        library.thing_error_free(err)
        raise RuntimeError(message)
    return status


def main():
    thing = load(sys.argv[1])
    url, document = f"sqlite:{sys.argv[2]}".encode(), json.dumps(MODEL).encode()
    db, loaded, text = Handle(), Handle(), Handle()
    call(thing, thing.thing_open, url, len(url), ctypes.byref(db))
    call(thing, thing.thing_model_register, db, document, len(document))
    call(thing, thing.thing_schema_sync, db, None)
    book = thing.thing_model_find(db, b"Book", -1)

    written = thing.thing_obj_new(book)
    call(thing, thing.thing_obj_assign_json, written, b'{"title": "A Wizard of Earthsea", "pages": 205}', -1)
    call(thing, thing.thing_save, db, None, written)
    call(thing, thing.thing_by_id, db, None, book, thing.thing_obj_id(written), ctypes.byref(loaded))
    call(thing, thing.thing_obj_json, loaded, 0, ctypes.byref(text))
    print(ctypes.string_at(thing.thing_buf_data(text), thing.thing_buf_len(text)).decode())

    # Freed after their database is closed, which any order of finalizers may bring about.
    thing.thing_close(db)
    for handle in (written, loaded):
        thing.thing_obj_free(handle)
    thing.thing_buf_free(text)


if __name__ == "__main__":
    main()
