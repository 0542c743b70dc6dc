#!/usr/bin/env python3
"""Reports headers over 300 lines and sources over 600; a source of src/ over 600 lines fails.

usage: check_size.py ROOT
"""

import pathlib
import sys

HEADER_LIMIT, SOURCE_LIMIT = 300, 600


def main():
    src = pathlib.Path(sys.argv[1]) / "src"
    too_long = 0
    for file in sorted(src.rglob("*")):
        limit = {".h": HEADER_LIMIT, ".cc": SOURCE_LIMIT}.get(file.suffix)
        if limit is None:
            continue
        lines = len(file.read_text(encoding="utf-8").splitlines())
        if lines > limit:
            print(f"{file.relative_to(src.parent)}: {lines} lines, more than {limit}: one file, one idea")
            too_long += file.suffix == ".cc"
    return 1 if too_long else 0


if __name__ == "__main__":
    sys.exit(main())
