#!/usr/bin/env python3
"""That history.py finds what can not be true, and nothing in what can. Prints TAP."""

import sys

import history

# A tally that became 1 and 2, a page that became 1, a mark that was made and dropped, and one that stays.
STORY = """incr 4 1 100 200
incr 4 2 300 400
save 4 1 100 200
make 7 1 100 200
make 10 1 100 200
drop 7 1 300 400
"""
LIST = "1:0,4:{},7:0,10:0"

# What another worker says to it, and the beginning of what has to be found; None: it may be true.
CASES = {
    "a read before the first write gives what was there": ("read 4 0 10 90", None),
    "a read beside a write may give what was before": ("read 4 0 150 160", None),
    "a read beside a write may give what is new": ("read 4 1 150 160", None),
    "a read that ends with a write's begin may give what is new": ("read 4 1 50 100", None),
    "a read after a write gives it": ("read 4 1 210 220", None),
    "an old read is found": ("read 4 0 210 220", "b: read 4 gave 0"),
    "an old read that is beside the next write is found": ("read 4 0 350 360", "b: read 4 gave 0"),
    "a read of what is not written yet is found": ("read 4 2 210 220", "b: read 4 gave 2"),
    "an old page is found": ("page 4 0 210 220", "b: page 4 gave 0"),
    "a new page may be": ("page 4 1 210 220", None),
    "a new list may be": (f"list 1 {LIST.format(2)} 410 420", None),
    "an old number in a list is found": (f"list 1 {LIST.format(1)} 410 420", "b: list 1 gave 1"),
    "a list that lacks a row is found": ("list 1 1:0,4:2,7:0 410 420", "b: list 1 has the rows"),
    "a count of what was made may be": ("count 1 2 210 220", None),
    "a count without what was made is found": ("count 1 1 210 220", "b: count 1 gave 1"),
    "a count beside a drop may be both": ("count 1 1 350 360", None),
    "a count with what was dropped is found": ("count 1 2 410 420", "b: count 1 gave 2"),
    "a list of marks may be": ("marks 1 7,10 210 220", None),
    "a list of marks beside a drop may lack the mark": ("marks 1 10 350 360", None),
    "a list that lacks a mark is found": ("marks 1 7 210 220", "b: marks 1 lacks 10"),
    "a list with what was dropped is found": ("marks 1 7,10 410 420", "b: marks 1 has 7"),
    "a list of what was never made is found": ("marks 1 10,11 410 420", "b: marks 1 has 11"),
    "an empty list of marks is found": ("marks 1 - 410 420", "b: marks 1 lacks 10"),
    "of a group that nobody wrote to nothing is counted": ("count 2 0 410 420", None),
    "what is counted in a group that nobody wrote to is found": ("count 2 1 410 420", "b: count 2 gave 1"),
    "a write that was lost is found": ("incr 4 2 310 420", "b: incr 4 gave 2"),
}


def main():
    failed = 0
    for number, (name, (line, wanted)) in enumerate(CASES.items(), 1):
        found = history.violations({"a": history.Log(STORY), "b": history.Log(line + "\n")})
        right = not found if wanted is None else len(found) == 1 and found[0].startswith(wanted)
        failed += not right
        print(f"{'ok' if right else 'not ok'} {number} - {name}" + ("" if right else f"\n# found {found}"))
    print(f"1..{len(CASES)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
