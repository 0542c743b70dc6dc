"""thing.h for Python: reads the header and declares what is in it. Nothing but the library and its header is needed.

    thing = thing_ctypes.load()            # THING_LIBRARY and THING_HEADER, else the library as the system finds it
    thing.thing_version()                  # every function of the header, with its types
    thing.THING_OP_EQ                      # every constant
    thing.call(thing.thing_ping, db, None) # of functions that take an error last: the status, or raises Failure
"""

import ctypes
import os
import pathlib
import re

HERE = pathlib.Path(__file__).resolve().parent

SCALARS = {"void": None, "bool": ctypes.c_bool, "double": ctypes.c_double, "int32_t": ctypes.c_int32,
           "int64_t": ctypes.c_int64, "thing_status": ctypes.c_int32}
Handle = ctypes.c_void_p
HookFn = ctypes.CFUNCTYPE(ctypes.c_int32, Handle, ctypes.c_int32, Handle, Handle, Handle, ctypes.POINTER(Handle))
LogFn = ctypes.CFUNCTYPE(None, Handle, ctypes.c_int32, Handle, ctypes.c_int64)
TxFn = ctypes.CFUNCTYPE(ctypes.c_int32, Handle, Handle, Handle, ctypes.POINTER(Handle))
FreeFn = ctypes.CFUNCTYPE(None, Handle)
CALLBACKS = {"thing_hook_fn": HookFn, "thing_log_fn": LogFn, "thing_tx_fn": TxFn, "thing_free_fn": FreeFn}

FUNCTION = re.compile(r"^THING_API\s+(.+?)(thing_\w+)\(([^)]*)\);", re.M)
CONSTANT = re.compile(r"\b(THING_\w+)\s*=\s*(-?\d+)")
COMMENT = re.compile(r"/\*.*?\*/", re.S)


class Failure(Exception):
    """A call that failed, with all that its error says."""

    def __init__(self, library, error, status):
        self.status = status
        self.name = library.thing_status_name(status).decode()
        self.sqlstate, self.model, self.field, self.constraint, self.table, message = (
            getattr(library, "thing_error_" + member)(error).decode()
            for member in ("sqlstate", "model", "field", "constraint", "table", "message"))
        self.retryable = library.thing_error_retryable(error)
        super().__init__(f"{self.name}: {message}")


def type_of(declaration):
    """The type of an argument or result, by its declaration with or without a name."""
    words = declaration.replace("const", " ").replace("*", " * ").split()
    stars = words.count("*")
    name = words[0]
    if name in CALLBACKS:
        return CALLBACKS[name]
    if stars == 0:
        return SCALARS[name]
    if name == "char" and stars == 1:
        return ctypes.c_char_p
    if name in SCALARS and stars == 1 and name != "void":
        return ctypes.POINTER(SCALARS[name])
    return Handle if stars == 1 else ctypes.POINTER(Handle)


def read_header(path):
    text = COMMENT.sub("", pathlib.Path(path).read_text(encoding="utf-8"))
    functions = {}
    for result, name, arguments in FUNCTION.findall(text):
        types = [] if arguments.strip() == "void" else [type_of(argument) for argument in arguments.split(",")]
        functions[name] = (type_of(result), types)
    return functions, {name: int(value) for name, value in CONSTANT.findall(text)}


class Library:
    """The library's functions and constants as attributes."""

    def __init__(self, path, header):
        library = ctypes.CDLL(path)
        functions, constants = read_header(header)
        for name, (result, arguments) in functions.items():
            function = getattr(library, name)
            function.restype, function.argtypes = result, arguments
            setattr(self, name, function)
        for name, value in constants.items():
            setattr(self, name, value)

    def call(self, function, *arguments):
        error = Handle()
        status = function(*arguments, ctypes.byref(error))
        if status < 0:
            failure = Failure(self, error, status)
            self.thing_error_free(error)
            raise failure
        return status

    def take(self, buf):
        """The bytes of a buffer, which is freed."""
        data = ctypes.string_at(self.thing_buf_data(buf), self.thing_buf_len(buf)) if buf else b""
        self.thing_buf_free(buf)
        return data

    def open(self, config):
        db, text = Handle(), config.encode()
        self.call(self.thing_open, text, len(text), ctypes.byref(db))
        return db


def load():
    header = os.environ.get("THING_HEADER") or HERE.parent.parent / "include" / "thing.h"
    return Library(os.environ.get("THING_LIBRARY", "libthing.so.0"), header)
