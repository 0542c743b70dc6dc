"""What workers logged, and whether it can be true: the rules of together.py.

A read lasts from START to END, a write too. What a read may give is bounded on both sides: it is no older than every
write that returned before the read began, and no newer than every write that began before the read ended.
"""

import bisect
import collections
import json

ROWS, GROUPS = 12, 3
SHOWN = 3
OPERATIONS = {"incr", "read", "list", "save", "page", "make", "drop", "count", "marks"}

Write = collections.namedtuple("Write", "language value start end")
Read = collections.namedtuple("Read", "language what key value start end")


class Log:
    """The lines of one worker."""

    def __init__(self, printed):
        self.lines, self.failures, self.stats = [], collections.Counter(), {}
        for line in printed.splitlines():
            words = line.split(" ")
            if words[0] == "stats":
                self.stats = json.loads(line[len("stats "):])
            elif words[0] == "fail":
                self.failures[words[1], words[2]] += 1
            else:
                self.lines.append(self.operation(line, words))

    def is_within(self, begin, end):
        """Whether all happened between two moments of the clock that is meant."""
        return all(begin <= line[-2] <= line[-1] <= end for line in self.lines)

    @staticmethod
    def operation(line, words):
        if len(words) != 5 or words[0] not in OPERATIONS:
            raise ValueError(line)
        what, key, value, start, end = words
        return what, int(key), value, int(start), int(end)


class Sum:
    """What one language did."""

    def __init__(self):
        self.done, self.failed, self.hits, self.foreign = collections.Counter(), 0, 0, 0

    def add(self, log, foreign):
        self.foreign += foreign
        self.done.update(line[0] for line in log.lines)
        self.failed += sum(log.failures.values())
        self.hits += sum(log.stats.get(name, 0) for name in ("objectHit", "listHit", "countHit"))

    def __str__(self):
        writes = sum(self.done[what] for what in ("incr", "save", "make", "drop"))
        return (f"{sum(self.done.values())} operations, {writes} of them writes, {self.failed} refused; "
                f"{self.hits} hits, {self.foreign} reads of what others wrote")


class Register:
    """A number that writes raise by one."""

    def __init__(self, writes):
        by_end = sorted(writes, key=lambda write: write.end)
        self.ends = [write.end for write in by_end]
        self.newest = list(running_max(write.value for write in by_end))
        self.starts = sorted(write.start for write in writes)

    def returned(self, time):
        """The newest value of a write that returned before the time."""
        i = bisect.bisect_left(self.ends, time)
        return self.newest[i - 1] if i else 0

    def begun(self, time):
        """How many writes had begun by the time: no value can be greater."""
        return bisect.bisect_right(self.starts, time)


class Members:
    """Rows that are made once and deleted once."""

    def __init__(self):
        self.made, self.dropped = {}, {}  # id: (start, end)
        self.there = set()  # what was made before a moment that only moves on, and may still be there

    def close(self):
        self.ends = sorted(end for _, end in self.made.values())
        self.coming = sorted(((end, row) for row, (_, end) in self.made.items()), reverse=True)
        self.going = sorted(((end, row) for row, (_, end) in self.dropped.items()), reverse=True)
        self.starts = sorted(start for start, _ in self.made.values())
        self.drop_starts = sorted(start for start, _ in self.dropped.values())
        self.drop_ends = sorted(end for _, end in self.dropped.values())

    def least(self, start, end):
        """How many there are in a read at the least."""
        return bisect.bisect_left(self.ends, start) - bisect.bisect_right(self.drop_starts, end)

    def most(self, start, end):
        return bisect.bisect_right(self.starts, end) - bisect.bisect_left(self.drop_ends, start)

    def must_show(self, start, end):
        """The rows that a read has to give; each call begins no sooner than the one before."""
        while self.coming and self.coming[-1][0] < start:
            self.there.add(self.coming.pop()[1])
        while self.going and self.going[-1][0] < start:
            self.there.discard(self.going.pop()[1])
        return {row for row in self.there if row not in self.dropped or self.dropped[row][0] > end}

    def may_show(self, row, start, end):
        if row not in self.made or self.made[row][0] > end:
            return False
        return row not in self.dropped or self.dropped[row][1] >= start


def running_max(values):
    greatest = 0
    for value in values:
        greatest = max(greatest, value)
        yield greatest


def violations(logs):
    """What can not be true, a line each: "LANGUAGE: ..."."""
    lines = [(language, *line) for language, log in logs.items() for line in log.lines]
    writes, reads, members = sort_out(lines)
    registers = {key: Register(each) for key, each in writes.items()}
    wrong = [twice for key, each in writes.items() for twice in written_twice(key, each)]
    for group in members.values():
        group.close()
    for read in sorted(reads, key=lambda read: read.start):
        wrong += CHECKS[read.what](read, registers, members)
    return wrong


def foreign_reads(logs):
    """By language, how many reads gave what another language had written."""
    writers = {(READ_OF[what], key, value): language for language, log in logs.items()
               for what, key, value, _, _ in log.lines if what in READ_OF}
    return {language: sum(writers.get((what, key, value), language) != language for what, key, value, _, _ in log.lines)
            for language, log in logs.items()}


def sort_out(lines):
    """Writes by kind and row, reads, and members by group."""
    writes, reads, members = collections.defaultdict(list), [], {group: Members() for group in range(GROUPS)}
    for language, what, key, value, start, end in lines:
        if what in ("incr", "save"):
            writes[what, key].append(Write(language, int(value), start, end))
        elif what == "make":
            members[int(value)].made[key] = (start, end)
        elif what == "drop":
            members[int(value)].dropped[key] = (start, end)
        else:
            reads.append(Read(language, what, key, value, start, end))
    return writes, reads, members


def written_twice(key, writes):
    """Writes of a row that got the same number: one was lost."""
    seen = {}
    for write in writes:
        other = seen.setdefault(write.value, write)
        if other is not write:
            yield f"{write.language}: {key[0]} {key[1]} gave {write.value}, as it did to {other.language} before"


def number_is_right(read, register, found):
    """A number that a read gave, against the writes of its row."""
    if register is None:
        least, most = 0, 0
    else:
        least, most = register.returned(read.start), register.begun(read.end)
    if least <= found <= most:
        return []
    return [f"{read.language}: {read.what} {read.key} gave {found}, which is {least} to {most} (at {read.start})"]


def check_read(read, registers, _):
    return number_is_right(read, registers.get(("incr", read.key)), int(read.value))


def check_page(read, registers, _):
    return number_is_right(read, registers.get(("save", read.key)), int(read.value))


def check_list(read, registers, _):
    rows = dict(map(int, pair.split(":")) for pair in split(read.value))
    wanted = {row for row in range(1, ROWS + 1) if row % GROUPS == read.key}
    if set(rows) != wanted:
        return [f"{read.language}: list {read.key} has the rows {sorted(rows)}"]
    return [line for row, n in rows.items()
            for line in number_is_right(read, registers.get(("incr", row)), n)]


def check_count(read, _, members):
    least, most = members[read.key].least(read.start, read.end), members[read.key].most(read.start, read.end)
    if least <= int(read.value) <= most:
        return []
    return [f"{read.language}: count {read.key} gave {read.value}, which is {least} to {most} (at {read.start})"]


def check_marks(read, _, members):
    group, shown = members[read.key], set(map(int, split(read.value)))
    ghosts = [row for row in shown if not group.may_show(row, read.start, read.end)]
    lost = sorted(group.must_show(read.start, read.end) - shown)
    wrong = [f"has {row}, which is gone or was never made" for row in ghosts[:SHOWN]]
    wrong += [f"lacks {row}, which is there" for row in lost[:SHOWN]]
    return [f"{read.language}: marks {read.key} {each}" for each in wrong]


def split(text):
    return [] if text == "-" else text.split(",")


READ_OF = {"incr": "read", "save": "page"}
CHECKS = {"read": check_read, "page": check_page, "list": check_list, "count": check_count, "marks": check_marks}
