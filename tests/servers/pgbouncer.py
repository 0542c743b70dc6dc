#!/usr/bin/env python3
"""A PgBouncer of the tests' own, before a server of tests/servers/postgres.py.

usage: pgbouncer.py start DIR URL   starts it in DIR (new or empty) for the database of URL, prints its own URL
       pgbouncer.py stop DIR        stops it and removes DIR

It gives a session away after every transaction, and has just one to give, so that all clients share it. It listens on a
Unix socket in DIR, without password, and runs as the server's user.
"""

import os
import pathlib
import shutil
import signal
import subprocess
import sys
import time
import urllib.parse

import postgres

PORT = 6432  # only a part of the socket's name
SETTINGS = """[databases]
{name} = host={host} port={port} dbname={name} user={user} pool_size=1
[pgbouncer]
pool_mode = transaction
auth_type = any
listen_addr =
listen_port = {own_port}
unix_socket_dir = {directory}
logfile = {directory}/log
pidfile = {directory}/pid
max_client_conn = 100
query_wait_timeout = 60
"""


def program():
    found = shutil.which("pgbouncer", path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")
    if found is None:
        raise SystemExit("pgbouncer.py: there is no program 'pgbouncer'")
    return found


def start(directory, url):
    user = postgres.owner()
    directory.mkdir(parents=True, exist_ok=True)
    if any(directory.iterdir()):
        raise SystemExit(f"pgbouncer.py: '{directory}' is not empty")
    parts = urllib.parse.urlsplit(url)
    server = dict(urllib.parse.parse_qsl(parts.query))
    settings = directory / "settings"
    settings.write_text(SETTINGS.format(name=parts.path[1:], user=parts.username, host=server["host"],
                                        port=server["port"], own_port=PORT, directory=directory))
    if user is not None:
        for path in (directory, settings):
            os.chown(path, user.pw_uid, user.pw_gid)
    directory.chmod(0o711)
    become = {} if user is None else {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    # Its output goes to the log: a pipe would keep whoever reads this program's output waiting for its end.
    done = subprocess.run([program(), "-d", "-q", str(settings)], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL, cwd="/", **become)
    if done.returncode != 0 or not wait_until(lambda: (directory / f".s.PGSQL.{PORT}").exists()):
        log = directory / "log"
        raise SystemExit(f"pgbouncer.py: it does not start\n{log.read_text() if log.exists() else ''}")
    print(f"postgresql://{parts.username}@{parts.path}?host={directory}&port={PORT}")


def wait_until(is_true, seconds=20):
    end = time.monotonic() + seconds
    while not is_true():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def is_running(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def stop(directory):
    file = directory / "pid"
    if file.exists():
        pid = int(file.read_text())
        if is_running(pid):
            os.kill(pid, signal.SIGTERM)
            wait_until(lambda: not is_running(pid))
    shutil.rmtree(directory)


def main(arguments):
    if len(arguments) == 3 and arguments[0] == "start":
        start(pathlib.Path(arguments[1]).resolve(), arguments[2])
    elif len(arguments) == 2 and arguments[0] == "stop":
        stop(pathlib.Path(arguments[1]).resolve())
    else:
        raise SystemExit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
