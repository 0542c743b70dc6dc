#!/usr/bin/env python3
"""Runs a Java program that prints points of TAP, and adds one: that -Xcheck:jni found nothing.

usage: run.py JAVA ARGUMENT...
"""

import re
import subprocess
import sys

POINT = re.compile(r"(not )?ok\b")
WRONG = re.compile(r"^(WARNING in native method|FATAL ERROR in native method|WARNING: JNI)", re.M)


def main():
    process = subprocess.Popen(sys.argv[1:], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
    points, wrong = 0, []
    for line in process.stdout:
        print(line, end="", flush=True)
        points += bool(POINT.match(line))
        if WRONG.match(line):
            wrong.append(line.strip())
    status = process.wait()
    points += 1
    print(f"{'not ok' if wrong else 'ok'} {points} - natives pass -Xcheck:jni" + (f": {wrong[0]}" if wrong else ""))
    print(f"1..{points}")
    return 1 if status or wrong else 0


if __name__ == "__main__":
    sys.exit(main())
