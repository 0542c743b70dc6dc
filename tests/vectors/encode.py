#!/usr/bin/env python3
"""Packs rows given as JSON, by docs/reference/pack.md alone: it shares nothing with the library.

Each MODEL-CASE.json holds an array of rows; a member that is not there is a column that was not loaded. Writes
MODEL-CASE.hex, 32 bytes a line. The hashes of the models come from the library (thing_model_hash).

usage: encode.py MODEL=HASH...
"""

import base64
import datetime
import decimal
import json
import pathlib
import struct
import sys
import uuid

FOLDER = pathlib.Path(__file__).parent
EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
MICROSECOND = datetime.timedelta(microseconds=1)


def main():
    hashes = {name: int(value) for name, value in (argument.split("=") for argument in sys.argv[1:])}
    models = {model["name"]: model for model in json.loads((FOLDER / "models.json").read_text("utf-8"))}
    for file in sorted(FOLDER.glob("*-*.json")):
        name = file.stem.split("-")[0]
        types = [(field, kind_of(kind)) for field, kind in models[name]["fields"].items()]
        rows = json.loads(file.read_text("utf-8"), parse_float=decimal.Decimal)
        bytes_of_batch = batch(types, rows, hashes[name])
        lines = [bytes_of_batch[i : i + 32].hex() for i in range(0, len(bytes_of_batch), 32)]
        file.with_suffix(".hex").write_text("\n".join(lines) + "\n", "utf-8")


def kind_of(field):
    if isinstance(field, str):
        return field
    return "list" if field.get("list") else field["type"]


def batch(types, rows, model_hash):
    has_absent = any(field not in row for row in rows for field, _ in types)
    words = (len(types) + 63) // 64
    stride = 8 * (words * (2 if has_absent else 1) + len(types))
    heap = bytearray()
    body = b"".join(packed_row(types, row, words, has_absent, heap) for row in rows)
    heap_offset = 64 + stride * len(rows)
    header = struct.pack("<IHHIIII", 0x31474854, 1, int(has_absent), len(rows), len(types), stride, 64)
    header += struct.pack("<QQQQQ", heap_offset, len(heap), model_hash & (1 << 64) - 1, 0, 0)
    return header + body + bytes(heap) + bytes(-len(heap) % 8)


def packed_row(types, row, words, has_absent, heap):
    nulls, absents, slots = 0, 0, b""
    for i, (field, kind) in enumerate(types):
        if field not in row:
            absents |= 1 << i
        elif row[field] is None:
            nulls |= 1 << i
        if row.get(field) is None:
            slots += bytes(8)
        else:
            slots += slot(kind.rstrip("?"), row[field], heap)
    bits = nulls.to_bytes(8 * words, "little")
    return bits + (absents.to_bytes(8 * words, "little") if has_absent else b"") + slots


def slot(kind, value, heap):
    if kind in ("bool", "int"):
        return struct.pack("<q", int(value))
    if kind == "float":
        return struct.pack("<d", float(value))
    if kind == "datetime":
        return struct.pack("<q", (datetime.datetime.fromisoformat(value.replace("Z", "+00:00")) - EPOCH) // MICROSECOND)
    if kind == "date":
        return struct.pack("<q", (datetime.date.fromisoformat(value) - EPOCH.date()).days)
    if kind == "time":
        t = datetime.time.fromisoformat(value)
        return struct.pack("<q", ((t.hour * 60 + t.minute) * 60 + t.second) * 1_000_000 + t.microsecond)
    content = in_heap(kind, value)
    place = struct.pack("<II", len(heap), len(content))
    heap += content + b"\0"
    return place


def in_heap(kind, value):
    if kind == "bytes":
        return base64.b64decode(value)
    if kind == "uuid":
        return uuid.UUID(value).bytes
    if kind in ("json", "list"):
        return json.dumps(value, separators=(",", ":"), ensure_ascii=False, default=float).encode("utf-8")
    return value.encode("utf-8")


if __name__ == "__main__":
    main()
