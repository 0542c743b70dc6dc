#!/usr/bin/env python3
"""Prints a free port of 127.0.0.1 that the system gives to no outgoing connection.

A server that is started again under its port needs one: while it is away, those that try to reach it would be given that
port for their own end now and then, and be connected with themselves.
"""

import pathlib
import random
import socket

RANGE = pathlib.Path("/proc/sys/net/ipv4/ip_local_port_range")
LOWEST = 10000
MOST_TRIES = 1000


def free_port():
    try:
        first, last = map(int, RANGE.read_text().split())
    except OSError:
        first, last = 32768, 60999
    ports = [p for p in range(LOWEST, 65536) if not first <= p <= last] or [0]
    for _ in range(MOST_TRIES):
        with socket.socket() as s:
            try:
                s.bind(("127.0.0.1", random.choice(ports)))
            except OSError:
                continue
            return s.getsockname()[1]
    raise SystemExit("free_port.py: no port is free")


if __name__ == "__main__":
    print(free_port())
