"""Every bar of docs/performance.md beside its figure: `make bench`, or `python -m bench --applications N`.

DATABASE_URL names a PostgreSQL in which databases may be made; one is filled to N applications, one
to 10,000, unless they are so already. Each benchmark is a program of its own; what one of them cannot
measure here is told and the rest goes on.
"""

import argparse
import atexit
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg

ROOT = Path(__file__).parent.parent
FEW = 10_000
# Moves change a copy, which must find room on the disk.
MOVED = 1_000_000
# Each with its arguments, and the database it may use: one for reading, two for changing.
BENCHES = {
    "lookup": ("many", "--applications {n} --few {few}:10000 --rival 100000 --rounds {rounds}"),
    "first_visit": ("many", ""),
    "worklists": ("many", ""),
    "names": ("many", ""),
    "signins": ("many", "--applications {n} --rounds {rounds}"),
    "memory": ("many", "--applications {n}"),
    "one_move": ("moved", "--rounds {rounds}"),
    "bulk": ("moved", "--rounds {rounds}"),
    "imports": ("emptied", "--rounds {rounds}"),
}


def main() -> int:
    """Fill, measure, print the table; 1 where a bar is missed or could not be measured."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--applications", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", nargs="*", default=list(BENCHES), choices=list(BENCHES))
    given = parser.parse_args()
    databases = {"many": _filled(given.applications)}
    words = {"n": given.applications, "few": _filled(FEW), "rounds": given.rounds}
    folder = tempfile.mkdtemp(prefix="degreetrack-bench-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    lines = Path(folder) / "lines.jsonl"
    lines.touch()
    failed = []
    for bench in given.only:
        print(f"\n== {bench}", flush=True)
        which, options = BENCHES[bench]
        if which not in databases:
            size = min(given.applications, MOVED) if which == "moved" else FEW
            databases[which] = _copied(size, name=f"bench_{which}")
        env = {"DATABASE_URL": databases[which], "BENCH_LINES": str(lines)}
        if _run(f"bench.{bench}", *options.format(**words).split(), **env):
            failed.append(bench)
    told = [json.loads(line) for line in lines.read_text(encoding="utf-8").splitlines()]
    print(f"\n{given.applications:,} applications\n\n| bar | what | figure | asked | met |")
    print("|---|---|---|---|---|")
    for line in sorted(told, key=lambda line: line["bar"]):
        figure, met = f"{line['figure']:.3g} {line['unit']}", "yes" if line["met"] else "NO"
        print(f"| {line['bar']} | {line['what']} | {figure} | {line['target']} | {met} |")
    for bench in failed:
        print(f"| | {bench} could not be measured: see above | | | NO |")
    return int(bool(failed) or not all(line["met"] for line in told))


def _filled(applications: int) -> str:
    """A database of so many applications, filled unless it is."""
    at = urlsplit(os.environ["DATABASE_URL"])
    name = f"bench_{applications}"
    url = urlunsplit(at._replace(path=f"/{name}"))
    with psycopg.connect(urlunsplit(at), autocommit=True) as link:
        if link.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            return url
        link.execute(f"CREATE DATABASE {name}")
    print(f"== filling {applications:,}", flush=True)
    for words in (("django", "migrate", "-v0"), ("bench.fill", str(applications))):
        if _run(*words, DATABASE_URL=url):
            with psycopg.connect(urlunsplit(at), autocommit=True) as link:
                link.execute(f"DROP DATABASE {name}")
            raise SystemExit(f"{' '.join(words)} failed")
    return url


def _copied(applications: int, *, name: str) -> str:
    """A copy of a filled database that may be changed; that of the last time goes."""
    at = urlsplit(os.environ["DATABASE_URL"])
    _filled(applications)
    with psycopg.connect(urlunsplit(at), autocommit=True) as link:
        link.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        link.execute(f"CREATE DATABASE {name} TEMPLATE bench_{applications}")
    return urlunsplit(at._replace(path=f"/{name}"))


def _run(module: str, *words: str, **env: str) -> int:
    return subprocess.run([sys.executable, "-m", module, *words], cwd=ROOT, env=os.environ | env).returncode


if __name__ == "__main__":
    sys.exit(main())
