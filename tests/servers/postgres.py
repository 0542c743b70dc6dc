#!/usr/bin/env python3
"""A PostgreSQL server of the tests' own, that keeps nothing when it stops.

usage: postgres.py start DIR    makes a database in DIR (new or empty), starts the server, prints its URL
       postgres.py kill DIR     ends it at once, as a crash would
       postgres.py restart DIR  starts it again after that, under the same URL
       postgres.py stop DIR     stops it and removes DIR

The server listens on a Unix socket in DIR, without password, and on 127.0.0.1, with one, and with TLS where openssl is
installed. It can not run as root: then
it runs as the user postgres, or nobody.
"""

import glob
import os
import pathlib
import pwd
import shutil
import subprocess
import sys

from free_port import free_port

USER = "thing"
SETTINGS = {
    "fsync": "off",
    "full_page_writes": "off",
    # What was committed is the kernel's by then, and survives a crash of the server.
    "synchronous_commit": "on",
    "shared_buffers": "16MB",
    "max_connections": "100",
    "deadlock_timeout": "50ms",
    "lc_messages": "C",
    "listen_addresses": "127.0.0.1",
}


def programs():
    """The folder of the newest server: most systems do not have it in the path."""
    found = glob.glob("/usr/lib/postgresql/*/bin/initdb") + glob.glob("/usr/pgsql-*/bin/initdb")
    found.sort(key=lambda p: int("".join(c for c in p.split("/bin/")[0].rsplit("/", 1)[1] if c.isdigit())))
    newest = found[-1] if found else shutil.which("initdb")
    if newest is None:
        raise SystemExit("postgres.py: no initdb: install the PostgreSQL server")
    return pathlib.Path(newest).parent


def owner():
    """Who runs the server; None for the user of this program."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise SystemExit("postgres.py: neither a user 'postgres' nor 'nobody' to run the server as")


def run(user, *command):
    become = {} if user is None else {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    done = subprocess.run([str(c) for c in command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, cwd="/", **become)
    if done.returncode != 0:
        raise SystemExit(f"postgres.py: {command[0]} failed\n{done.stdout}")


def start(directory):
    user, bin_dir, data = owner(), programs(), directory / "database"
    directory.mkdir(parents=True, exist_ok=True)
    if any(directory.iterdir()):
        raise SystemExit(f"postgres.py: '{directory}' is not empty")
    if user is not None:
        os.chown(directory, user.pw_uid, user.pw_gid)
    # Programs of any user may go through to the socket.
    directory.chmod(0o711)
    run(user, bin_dir / "initdb", "-D", data, "-U", USER, "-E", "UTF8", "--locale=C", "-N", "-A", "trust")
    hba = f"local all all trust\nhost all all 127.0.0.1/32 scram-sha-256\n"
    (data / "pg_hba.conf").write_text(hba)
    port = free_port()
    settings = dict(SETTINGS, ssl="on") if make_certificate(user, data) else SETTINGS
    options = " ".join(f"-c {name}={value}" for name, value in settings.items())
    # The log is a file: a pipe would keep whoever reads this program's output waiting for the server's end.
    options += f" -p {port} -k {directory}"
    (directory / "options").write_text(options)
    run_detached(user, bin_dir, data, options, directory / "log")
    run(user, bin_dir / "createdb", "-h", directory, "-p", port, "-U", USER, USER)
    print(f"postgresql://{USER}@/{USER}?host={directory}&port={port}")


def make_certificate(user, data):
    """A certificate for this machine under the server's own names; whether there is a program to make it."""
    if shutil.which("openssl") is None:
        return False
    run(user, "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj", "/CN=localhost",
        "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", data / "server.key", "-out",
        data / "server.crt")
    (data / "server.key").chmod(0o600)
    return True


def run_detached(user, bin_dir, data, options, log):
    become = {} if user is None else {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    done = subprocess.run([str(bin_dir / "pg_ctl"), "-D", str(data), "-l", str(log), "-w", "-t", "60", "-o", options,
                           "start"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                          cwd="/", **become)
    if done.returncode != 0:
        raise SystemExit(f"postgres.py: the server does not start\n{log.read_text() if log.exists() else ''}")


def kill(directory):
    run(owner(), programs() / "pg_ctl", "-D", directory / "database", "-m", "immediate", "-w", "stop")


def restart(directory):
    run_detached(owner(), programs(), directory / "database", (directory / "options").read_text(), directory / "log")


def stop(directory):
    if (directory / "database" / "postmaster.pid").exists():
        run(owner(), programs() / "pg_ctl", "-D", directory / "database", "-m", "immediate", "-w", "stop")
    shutil.rmtree(directory)


def main(arguments):
    commands = {"start": start, "kill": kill, "restart": restart, "stop": stop}
    if len(arguments) != 2 or arguments[0] not in commands:
        raise SystemExit(__doc__)
    commands[arguments[0]](pathlib.Path(arguments[1]).resolve())


if __name__ == "__main__":
    main(sys.argv[1:])
