"""The status page beside an empty view, beside itself over fewer rows, and beside a rival's ticket page.

`python -m bench.lookup --applications 1000000 --few URL:10000 --rival 100000`: DATABASE_URL holds the
many, filled by bench.fill; --few names a database of fewer; --rival sets django-helpdesk up in an
environment of its own under var/, with a database of its own. All in one run, in alternating rounds.
"""

import argparse
import os
import random
import subprocess
import venv
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg

from bench.lines import tell
from bench.serving import ROOT, Round, Server, median, one_round, served

# Hidden from the search for strings to translate.
RIVAL = ROOT / "var" / ".django-helpdesk"
ASKED = 5000


def main() -> None:
    """Print requests per second and p99 of each, and tell the first two bars."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--applications", type=int, required=True)
    parser.add_argument("--few", default="", help="URL:APPLICATIONS of a smaller database")
    parser.add_argument("--rival", type=int, default=0, help="tickets of django-helpdesk")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=4)
    given = parser.parse_args()
    with ExitStack() as running:
        many = running.enter_context(served())
        asked = {"empty view": (many, ["/bench/empty/"])} | pages(many, given.applications)
        if given.few:
            url, _, number = given.few.rpartition(":")
            few = running.enter_context(served(DATABASE_URL=url))
            asked |= pages(few, int(number))
        if given.rival:
            asked["django-helpdesk's ticket page"] = _rival(running, given.rival)
        found: dict[str, list[Round]] = {what: [] for what in asked}
        for _ in range(given.rounds):
            for what, (server, paths) in asked.items():
                found[what].append(one_round(server.port, paths, seconds=given.seconds))
    rounds = {what: median(several) for what, several in found.items()}
    _print(rounds)
    _tell(rounds, given.applications, int(given.few.rpartition(":")[2] or 0))


def pages(server: Server, applications: int) -> dict[str, tuple[Server, list[str]]]:
    """The pages to ask a server for, by what they are: of applications drawn at random."""
    from bench.fill import roll_no, tracking_id

    draw = random.Random(1)
    numbers = [draw.randrange(1, applications + 1) for _ in range(ASKED)]
    return {
        f"by tracking ID, {applications:,}": (server, [f"/status/{tracking_id(n)}/" for n in numbers]),
        f"by roll number, {applications:,}": (server, [f"/in-process/?q={roll_no(n)}" for n in numbers]),
    }


def _rival(running: ExitStack, tickets: int) -> tuple[Server, Sequence[str]]:
    """django-helpdesk, served by the same server with as many workers."""
    python = RIVAL / "bin" / "python"
    if not python.exists():
        venv.create(RIVAL, with_pip=True)
        packages = ["django-helpdesk==2.6.1", "granian", "psycopg[binary]", "setuptools"]
        subprocess.run([python, "-m", "pip", "install", "--quiet", *packages], check=True)
    url = urlsplit(os.environ["DATABASE_URL"])
    with psycopg.connect(urlunsplit(url), autocommit=True) as link:
        if not link.execute("SELECT 1 FROM pg_database WHERE datname = 'helpdesk'").fetchone():
            link.execute("CREATE DATABASE helpdesk")
    env = {"DATABASE_URL": urlunsplit(url._replace(path="/helpdesk"))}
    here = Path(__file__).parent / "rivals"
    words = [str(python), "helpdesk_site.py", "fill", str(tickets)]
    subprocess.run(words, check=True, cwd=here, env=os.environ | env)
    server = running.enter_context(
        served("helpdesk_site:application", python=python, cwd=here, PYTHONPATH=str(here), **env)
    )
    draw = random.Random(1)
    numbers = [draw.randrange(1, tickets + 1) for _ in range(ASKED)]
    return server, [f"/view/?ticket=degrees-{n}&email=a{n}%40example.org&key=key{n}" for n in numbers]


def _print(rounds: dict[str, Round]) -> None:
    empty = rounds["empty view"]
    print("| page | requests/s | p99 ms | of the empty view |")
    print("|---|---|---|---|")
    for what, found in rounds.items():
        print(f"| {what} | {found.rate:,.0f} | {found.p99:.1f} | {found.rate / empty.rate:.0%} |")


def _tell(rounds: dict[str, Round], many: int, few: int) -> None:
    page = rounds[f"by tracking ID, {many:,}"]
    share = page.rate / rounds["empty view"].rate
    tell(1, f"status page at {many:,}, of an empty view", share, "ratio", ">= 0.45", share >= 0.45)
    rival = rounds.get("django-helpdesk's ticket page")
    if rival:
        times = page.rate / rival.rate
        tell(1, f"status page at {many:,}, of django-helpdesk's", times, "times", ">= 12", times >= 12)
    for way in ("by tracking ID", "by roll number") if few else ():
        grown = rounds[f"{way}, {many:,}"].p99 / rounds[f"{way}, {few:,}"].p99
        tell(2, f"p99 {way}, {many:,} against {few:,}", grown, "times", "<= 1.2", grown <= 1.2)


if __name__ == "__main__":
    main()
