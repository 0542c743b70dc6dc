"""Steps at random for the models of the scenario: values of every type that players have to carry unharmed."""

import base64
import datetime
import random
import uuid

EPOCH = datetime.datetime(1, 1, 1)
MICROSECONDS = 9999 * 365 * 86400 * 10**6  # a little less than there are up to the end of year 9999
INT64 = 2**63
EDGES = [0, 1, -1, INT64 - 1, -INT64, 2**53, 2**53 + 1, -(2**53) - 1, 2**31, -(2**31) - 1, 255, 256]
# Letters that encoders of JSON escape in different ways are not in documents.
PLAIN = "aZ09 .-_"
PLANES = [(0x20, 0x7e), (0xa0, 0x24f), (0x300, 0x36f), (0x400, 0x4ff), (0x5d0, 0x5ea), (0x4e00, 0x4eff),
          (0xac00, 0xacff), (0xe000, 0xe0ff), (0xfff0, 0xfffd), (0x1d11e, 0x1d1ff), (0x1f600, 0x1f64f),
          (0x10fff0, 0x10ffff)]
CONTROLS = "\n\t\r\x01\x1f\x7f\x85\u2028\u2029\"\\/<>&'%_"
OPERATORS = ["equals", "not", "lt", "lte", "gt", "gte"]
ORDERED = ["number", "words", "exact", "moment", "day", "hour"]
OBJECTS = 8


class Steps:
    """Makes steps; knows which objects there are, and what their keys are."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.keys, self.next_key = {}, 1

    def make(self, count):
        verbs = {self.create: 20, self.copy: 10, self.read: 15, self.change: 20, self.find: 10, self.query: 12,
                 self.counts: 5, self.pluck: 3, self.incr: 5, self.upsert: 5, self.delete: 3, self.transaction: 6,
                 self.insert: 2}
        steps = [{"do": "register"}, {"do": "sync"}, *self.create()]
        while len(steps) < count:
            steps += self.random.choices(list(verbs), list(verbs.values()))[0]()
        return [*steps, {"do": "query", "model": "Sample", "criteria": {}}, {"do": "close"}]

    # ---- values

    def text(self, most=12):
        return "".join(self.random.choice(CONTROLS) if self.random.random() < 0.1
                       else chr(self.random.randint(*self.random.choice(PLANES)))
                       for _ in range(self.random.randint(0, most)))

    def whole(self):
        if self.random.random() < 0.3:
            return self.random.choice(EDGES)
        return self.random.randint(-(2**self.random.randint(0, 63)), 2**self.random.randint(0, 63) - 1)

    def real(self):
        if self.random.random() < 0.2:
            return float(self.random.choice(EDGES))
        return self.random.choice([-1, 1]) * self.random.random() * 10.0**self.random.randint(-300, 300)

    def exact(self):
        """Digits without zeros at the ends."""
        before = str(self.random.randint(0, 10**self.random.randint(0, 34)))
        behind = str(self.random.randint(0, 10**self.random.randint(0, 29))).rstrip("0")
        number = f"{before}.{behind}" if behind else before
        return number if number == "0" or self.random.random() < 0.5 else "-" + number

    def moment(self):
        at = EPOCH + datetime.timedelta(microseconds=self.random.randrange(MICROSECONDS))
        return at if self.random.random() < 0.5 else at.replace(microsecond=0)

    def document(self, depth=0):
        kind = self.random.randint(0, 6 if depth < 3 else 4)
        if kind == 5:
            return [self.document(depth + 1) for _ in range(self.random.randint(0, 3))]
        if kind == 6:
            keys = {self.plain() for _ in range(self.random.randint(0, 3))}
            return {key: self.document(depth + 1) for key in sorted(keys)}
        # NULL of the database is another thing than a document null.
        return [self.whole, self.plain, lambda: True, lambda: False, lambda: None if depth else 0][kind]()

    def plain(self):
        return "".join(self.random.choice(PLAIN + "é𝄞😀\0\n") for _ in range(self.random.randint(0, 6)))

    def value(self, field):
        if self.random.random() < 0.1:
            return None
        return {
            "yes": lambda: self.random.random() < 0.5,
            "number": self.whole,
            "real": self.real,
            "exact": self.exact,
            "words": self.text,
            "raw": lambda: base64.b64encode(self.random.randbytes(self.random.randint(0, 20))).decode(),
            "moment": lambda: self.moment().isoformat() + "Z",
            "day": lambda: self.moment().date().isoformat(),
            "hour": lambda: self.moment().time().isoformat(),
            "token": lambda: str(uuid.UUID(bytes=self.random.randbytes(16))),
            "document": self.document,
            "colour": lambda: self.random.choice(["red", "grün", "蓝"]),
            "tags": lambda: [self.text() for _ in range(self.random.randint(0, 4))],
            "numbers": lambda: [self.whole() for _ in range(self.random.randint(0, 4))],
        }[field]()

    FIELDS = "yes number real exact words raw moment day hour token document colour tags numbers".split()

    def data(self, most):
        """Some fields, in the order of the model."""
        chosen = set(self.random.sample(self.FIELDS, self.random.randint(1, most)))
        return {field: self.value(field) for field in self.FIELDS if field in chosen}

    # ---- steps: each gives a list

    def name(self):
        return self.random.choice(list(self.keys))

    def new_key(self):
        self.next_key += 1
        return self.next_key

    def new_name(self, key):
        name = f"o{self.random.randint(1, OBJECTS)}"
        self.keys[name] = key
        return name

    def create(self):
        key = self.new_key()
        return [{"do": "create", "model": "Sample", "data": {"id": key, **self.data(14)}, "as": self.new_name(key)}]

    def copy(self):
        source, key = self.name(), self.new_key()
        return [{"do": "copy", "of": source, "data": {"id": key}, "as": self.new_name(key)}]

    def read(self):
        return [{"do": "read", "of": self.name()}]

    def change(self):
        name = self.name()
        return [{"do": "set", "of": name, "data": self.data(4)}, {"do": "state", "of": name},
                {"do": "changes", "of": name},
                {"do": self.random.choice(["save", "save", "revert"]), "of": name}, {"do": "read", "of": name}]

    def find(self):
        keys = [self.random.randint(1, self.next_key) for _ in range(self.random.randint(1, 4))]
        return [{"do": "find", "model": "Sample", "key": keys[0]}, {"do": "find_many", "model": "Sample", "keys": keys}]

    def condition(self):
        field, operator = self.random.choice(ORDERED), self.random.choice(OPERATORS)
        value = self.value(field)
        if value is None:
            return {field: self.random.choice([None, {"not": None}])}
        return {field: {operator: value}}

    def criteria(self):
        conditions = [self.condition() for _ in range(self.random.randint(0, 3))]
        where = {self.random.choice(["AND", "OR"]): conditions} if conditions else {}
        order = {self.random.choice(ORDERED): self.random.choice(["asc", "desc"])}
        return {"where": where, "orderBy": order, "take": self.random.randint(1, 5), "skip": self.random.randint(0, 2)}

    def query(self):
        return [{"do": "query", "model": "Sample", "criteria": self.criteria()}]

    def counts(self):
        where = {"where": self.criteria()["where"]}
        return [{"do": verb, "model": "Sample", "criteria": where} for verb in ("count", "exists")]

    def pluck(self):
        return [{"do": "pluck", "model": "Sample", "criteria": self.criteria(), "field": "number"}]

    def incr(self):
        key = self.random.randint(1, self.next_key)
        return [{"do": "incr", "model": "Sample", "key": key, "field": "number", "by": self.whole()}]

    def upsert(self):
        key = self.random.choice([self.new_key(), self.random.randint(1, self.next_key)])
        name = self.new_name(key)
        return [{"do": "new", "model": "Sample", "data": {"id": key, **self.data(5)}, "as": name},
                {"do": "upsert", "of": name, "by": []}, {"do": "read", "of": name}]

    def delete(self):
        return [{"do": "delete_key", "model": "Sample", "key": self.random.randint(1, self.next_key)}]

    def transaction(self):
        if not self.keys:
            return self.create()
        steps = [step for _ in range(self.random.randint(1, 3))
                 for step in self.random.choice([self.create, self.change, self.query, self.delete, self.incr])()]
        if self.random.random() < 0.3:
            steps += self.transaction()
        leave = self.random.choice([None, None, {"do": "rollback"}, {"do": "throw", "text": self.text()},
                                    {"do": "fail", "code": "E_CHECK"}])
        if not leave:
            return [{"do": "tx", "steps": steps}]
        self.forget(steps)
        return [{"do": "tx", "steps": [*steps, leave]}] + ([] if self.keys else self.create())

    def forget(self, steps):
        """Objects that were written in a transaction that is undone hold what is not there: nobody uses them again."""
        for step in steps:
            self.forget(step.get("steps", []))
            for member in ("as", "of"):
                self.keys.pop(step.get(member), None)

    def insert(self):
        rows = [{"id": self.new_key(), **self.data(14)} for _ in range(self.random.randint(1, 5))]
        return [{"do": "insert_many", "model": "Sample", "rows": rows}]
