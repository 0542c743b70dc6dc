"""Reads the declarations of thing.h."""

import pathlib
import re

COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.S)
DIRECTIVE = re.compile(r"^\s*#(?:[^\n]*\\\n)*[^\n]*$", re.M)
DECLARATION = re.compile(r"\bTHING_API\b[^;(]*?\b(\w+)\s*\(")
CONSTANT = re.compile(r"\b(THING_[A-Z0-9_]+) = (-?\d+)")


def functions(header):
    """The names of the functions that thing.h declares."""
    text = pathlib.Path(header).read_text(encoding="utf-8")
    return set(DECLARATION.findall(DIRECTIVE.sub("", COMMENT.sub("", text))))


def constants(header):
    """The constants of the enums, one "NAME VALUE" a line; they are compiled into every user."""
    text = COMMENT.sub("", pathlib.Path(header).read_text(encoding="utf-8"))
    return "".join(f"{name} {value}\n" for name, value in CONSTANT.findall(text))


def version(header):
    """The version that the macros of thing.h spell, as in "0.1.0"."""
    text = pathlib.Path(header).read_text(encoding="utf-8")
    parts = (re.search(rf"#define THING_VERSION_{part} (\d+)", text)[1] for part in ("MAJOR", "MINOR", "PATCH"))
    return ".".join(parts)
