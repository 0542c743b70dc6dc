"""Values as Python holds them: read from objects, set in objects, read from documents, and packed."""

import base64
import ctypes
import datetime
import decimal
import json
import struct
import uuid

EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
MICROSECOND = datetime.timedelta(microseconds=1)
UNSET = object()

TYPES = "null bool int float decimal text bytes datetime date time uuid json enum".split()
LIST = "list"


class Document(str):
    """The text of a json field or a list."""


class Object:
    """An object of the library that is freed with this one; it stands for its handle in calls."""

    def __init__(self, thing, handle):
        self.thing, self.handle = thing, handle
        self._as_parameter_ = handle

    def __del__(self):
        self.thing.thing_obj_free(self.handle)


def field_names(player, obj):
    model, thing = player.model_of(obj), player.thing
    return [thing.thing_model_field_name(model, i).decode() for i in range(thing.thing_model_field_count(model))]


def type_of(player, obj, field):
    model = player.model_of(obj)
    if player.thing.thing_model_field_flags(model, field) & player.thing.THING_FIELD_LIST:
        return LIST
    return TYPES[player.thing.thing_model_field_type(model, field)]


def since_midnight(value):
    seconds = (value.hour * 60 + value.minute) * 60 + value.second
    return datetime.timedelta(seconds=seconds, microseconds=value.microsecond)


def from_document(value, kind):
    """The native value of what a document has."""
    if value is None:
        return None
    if isinstance(value, dict) and "$repeat" in value:
        return value["$repeat"][0] * value["$repeat"][1]
    return {
        "float": float,
        "decimal": lambda v: decimal.Decimal(str(v)),
        "bytes": base64.b64decode,
        "datetime": datetime.datetime.fromisoformat,
        "date": datetime.date.fromisoformat,
        "time": datetime.time.fromisoformat,
        "uuid": uuid.UUID,
        "json": document_of,
        LIST: document_of,
    }.get(kind, lambda v: v)(value)


def document_of(value):
    return Document(json.dumps(value, ensure_ascii=False, separators=(",", ":")))


def set_document(player, obj, field, value):
    set_value(player, obj, field, from_document(value, type_of(player, obj, field)))


def set_value(player, obj, field, value):
    if value is None:
        player.call("thing_obj_set_null", obj, field)
    elif isinstance(value, float):
        player.call("thing_obj_set_double", obj, field, value)
    elif isinstance(value, (int, datetime.date, datetime.time)):  # a bool is an int, a datetime a date
        player.call("thing_obj_set_int64", obj, field, number_of(value))
    else:
        player.call("thing_obj_set_text", obj, field, bytes_of(value))


def number_of(value):
    if isinstance(value, datetime.datetime):
        return (value - EPOCH) // MICROSECOND
    if isinstance(value, datetime.date):
        return (value - EPOCH.date()).days
    if isinstance(value, datetime.time):
        return since_midnight(value) // MICROSECOND
    return int(value)


def bytes_of(value):
    if isinstance(value, uuid.UUID):
        return value.bytes
    if isinstance(value, decimal.Decimal):
        return f"{value:f}".encode()
    return value if isinstance(value, bytes) else value.encode()


def get(player, obj, field):
    """The native value of a field; UNSET when there is none."""
    thing = player.thing
    state = thing.thing_obj_field_state(obj, field) & ~thing.THING_STATE_DIRTY
    if state != thing.THING_STATE_SET:
        return None if state == thing.THING_STATE_NULL else UNSET
    kind = type_of(player, obj, field)
    if kind == "float":
        return thing.thing_obj_double(obj, field)
    if kind in ("bool", "int", "datetime", "date", "time"):
        return from_number(thing.thing_obj_int64(obj, field), kind)
    text, length = ctypes.c_void_p(), ctypes.c_int64()
    thing.thing_obj_text(obj, field, ctypes.byref(text), ctypes.byref(length))
    return from_bytes(ctypes.string_at(text, length.value), kind)


def from_number(number, kind):
    return {
        "bool": bool,
        "int": int,
        "datetime": lambda n: EPOCH + n * MICROSECOND,
        "date": lambda n: EPOCH.date() + datetime.timedelta(n),
        "time": lambda n: (EPOCH + n * MICROSECOND).time(),
    }[kind](number)


def from_bytes(data, kind):
    if kind == "bytes":
        return data
    if kind == "uuid":
        return uuid.UUID(bytes=data)
    text = data.decode()
    return decimal.Decimal(text) if kind == "decimal" else Document(text) if kind in ("json", LIST) else text


def printed(value, quote):
    """A native value as verb "read" prints it."""
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    if isinstance(value, float):
        return f'"{struct.pack(">d", value).hex()}"'
    if isinstance(value, (int, datetime.date, datetime.time)):
        return str(number_of(value))
    if isinstance(value, bytes):
        return f'"{value.hex()}"'
    return quote(f"{value:f}" if isinstance(value, decimal.Decimal) else str(value))


def pack(player, model, objs):
    """The objects' values as the packed batch of docs/reference/pack.md."""
    columns = player.thing.thing_model_field_count(model)
    words, heap, rows = (columns + 63) // 64, bytearray(), bytearray()
    for obj in objs:
        nulls, absent, slots = 0, 0, b""
        for i in range(columns):
            value = get(player, obj, i)
            nulls |= (value is None) << i
            absent |= (value is UNSET) << i
            slots += slot_of(value, heap)
        rows += nulls.to_bytes(8 * words, "little") + absent.to_bytes(8 * words, "little") + slots
    header = struct.pack("<IHHIIIIQQqQQ", 0x31474854, 1, 1, len(objs), columns, 8 * (2 * words + columns), 64,
                         64 + len(rows), len(heap), player.thing.thing_model_hash(model), 0, 0)
    return header + bytes(rows) + bytes(heap)


def slot_of(value, heap):
    if value is None or value is UNSET:
        return bytes(8)
    if isinstance(value, float):
        return struct.pack("<d", value)
    if isinstance(value, (int, datetime.date, datetime.time)):
        return struct.pack("<q", number_of(value))
    data = bytes_of(value)
    slot = struct.pack("<II", len(heap), len(data))
    heap += data + b"\0"
    return slot
