#!/usr/bin/env python3
"""Refuses paths of one developer's machine in the files of the project.

usage: check_paths.py ROOT
"""

import pathlib
import re
import subprocess
import sys

MACHINE_PATH = re.compile(r"(?<![\w.*}-])/(home|root|work|tmp/farm)/")
NOT_OURS = {".git", "build", "subprojects"}


def project_files(root):
    """The files that git tracks or would track; without git every file outside build/."""
    command = ["git", "-C", str(root), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        names = subprocess.run(command, capture_output=True, check=True).stdout.decode().split("\0")
        files = [root / name for name in names if name]
    except (OSError, subprocess.CalledProcessError):
        files = [f for f in root.rglob("*") if f.relative_to(root).parts[0] not in NOT_OURS]
    return [f for f in files if f.is_file()]


def main():
    root = pathlib.Path(sys.argv[1])
    found = 0
    for file in project_files(root):
        if file.resolve() == pathlib.Path(__file__).resolve():
            continue
        for number, line in enumerate(file.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
            if match := MACHINE_PATH.search(line):
                print(f"{file.relative_to(root)}:{number}: '{match[0]}' is a path of one machine")
                found += 1
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
