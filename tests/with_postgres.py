"""Run a command with DATABASE_URL of a throw-away PostgreSQL: `python tests/with_postgres.py COMMAND...`.

With POSTGRES_SOCKET=1 it is asked by a socket in the file system. Without PostgreSQL's binaries it says
how to get them and ends with 0, or with 1 where REQUIRE_POSTGRES=1.
"""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
from pathlib import Path
from urllib.parse import quote


def binaries() -> Path | None:
    """The folder of initdb and pg_ctl, newest version first."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    found = next((folder for folder in folders if (folder / "initdb").exists()), None)
    on_path = shutil.which("initdb")
    return found or (Path(on_path).resolve().parent if on_path else None)


def main() -> int:
    """Start it, run the command, stop it."""
    where = binaries()
    if where is None:
        print("SKIPPED: tests on PostgreSQL. To have them: apt-get install postgresql", file=sys.stderr)
        return int(os.environ.get("REQUIRE_POSTGRES") == "1")
    # The server refuses to run as root.
    as_other = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folder = Path(tempfile.mkdtemp(prefix="degreetrack-pg-"))
    if as_other:
        shutil.chown(folder, "postgres")
    data = folder / "data"
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder}"
    options += os.environ.get("POSTGRES_OPTIONS", " -c fsync=off")
    quiet = {"stdout": subprocess.DEVNULL, "cwd": folder, "check": True}
    try:
        initdb = [where / "initdb", "-D", data, "-U", "degreetrack", "-A", "trust", "-E", "UTF8"]
        subprocess.run([*as_other, *initdb, "--locale=C.UTF-8"], **quiet)
        start = [where / "pg_ctl", "-D", data, "-l", folder / "log", "-w", "-o", options, "start"]
        subprocess.run([*as_other, *start], **quiet)
        socket_of_files = os.environ.get("POSTGRES_SOCKET") == "1"
        host = quote(str(folder), safe="") if socket_of_files else "127.0.0.1"
        url = f"postgres://degreetrack@{host}:{port}/postgres"
        return subprocess.run(sys.argv[1:], env=os.environ | {"DATABASE_URL": url}).returncode
    finally:
        stop = [where / "pg_ctl", "-D", data, "-m", "immediate", "stop"]
        subprocess.run([*as_other, *stop], stdout=subprocess.DEVNULL, cwd=folder)
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
