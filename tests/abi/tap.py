"""Prints test points in the Test Anything Protocol."""

import sys


class Plan:
    def __init__(self):
        self._count = 0
        self._failed = False

    def point(self, name, problem=None, skip=None):
        """One point: it fails when there is a problem, and says why when it is skipped."""
        self._count += 1
        self._failed |= bool(problem)
        print(f"{'not ok' if problem else 'ok'} {self._count} - {name}{f' # SKIP {skip}' if skip else ''}")
        for line in (problem or "").splitlines():
            print(f"# {line}")

    def end(self):
        print(f"1..{self._count}")
        sys.exit(1 if self._failed else 0)
