"""Memory of a web worker beside an empty Django project's, under the same server, both warm.

`python -m bench.memory --applications 100000` against the database of DATABASE_URL. Measured is what
a worker has to itself and its share of what both hold (PSS), after each answered some 2,000 requests.
"""

import argparse
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from bench.lines import tell
from bench.serving import Server, one_round, served, workers_of


def main() -> None:
    """Print both and tell bar 9."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--applications", type=int, required=True)
    given = parser.parse_args()
    from bench.lookup import pages

    with served() as server:
        asked = pages(server, given.applications)
        for _server, paths in asked.values():
            one_round(server.port, [*paths, "/", "/apply/", "/verify/", "/staff/login/"], seconds=4)
        ours = _share(server)
    with tempfile.TemporaryDirectory() as folder:
        _start_project(Path(folder))
        env = {"PYTHONPATH": folder, "DJANGO_SETTINGS_MODULE": "empty.settings"}
        with served("empty.wsgi:application", cwd=Path(folder), **env) as server:
            one_round(server.port, ["/admin/login/"], seconds=4)
            empty = _share(server)
    print("| worker of | MB |\n|---|---|")
    print(f"| Degreetrack | {ours:.1f} |\n| an empty Django project on PostgreSQL | {empty:.1f} |")
    tell(9, "memory of a web worker, of an empty Django project's", ours / empty, "times", "<= 1.5",
         ours / empty <= 1.5)  # fmt: skip


def _start_project(folder: Path) -> None:
    """Django's own, on the same database, with nothing added."""
    subprocess.run([sys.executable, "-m", "django", "startproject", "empty", folder], check=True)
    settings = folder / "empty" / "settings.py"
    text = settings.read_text().replace("ALLOWED_HOSTS = []", "ALLOWED_HOSTS = ['*']")
    text += "\nimport dj_database_url\nDATABASES = {'default': dj_database_url.config(conn_max_age=600)}\n"
    settings.write_text(text)


def _share(server: Server) -> float:
    """The mean of its workers, in MB."""
    shares = [
        int(re.search(r"^Pss:\s+(\d+)", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.M)[1])
        for pid in workers_of(server)
    ]
    return sum(shares) / len(shares) / 1024


if __name__ == "__main__":
    main()
