"""One move with journal and outbox, beside its three bare statements in pgbench: `python -m bench.one_move`.

Against the database of DATABASE_URL, a PostgreSQL with durable commits, filled by bench.fill. One
connection each, rounds in turn; the applicant has a mobile number alone, so that a move writes one
notice, as pgbench does.
"""

import argparse
import os
import re
import shutil
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bench.settings")
django.setup()

from django.db import connection  # noqa: E402

from bench.lines import tell  # noqa: E402
from degreetrack.accounts.models import Section, User  # noqa: E402
from degreetrack.applications import services  # noqa: E402
from degreetrack.applications.lifecycle import State  # noqa: E402
from degreetrack.applications.models import Application  # noqa: E402

BARE = r"""\set n random(1, :applications)
BEGIN;
UPDATE applications_application SET state = 'approved', state_since = now() WHERE id = :n;
INSERT INTO journal_entry (stream, sequence, at, actor_name, verb, reason, data, previous, digest)
    VALUES ('bare/' || nextval('bench_bare'), 1, now(), 'bench', 'approve', '',
    '{"before": {"state": "verified"}, "after": {"state": "approved"}}', repeat('0', 64), repeat('1', 64));
INSERT INTO notifications_notice (stream, template, topic, channel, language, "to", subject, body, priority,
    queued_at, due_at, expires_at, fate, attempts, deaths, permanent, problem, provider_id)
    VALUES ('application/' || :n, 'approve', 'status', 'sms', 'en', '+923001234567', '', repeat('x', 140), 5,
    now(), now(), now() + interval '7 days', 'queued', 0, 0, false, '', '');
COMMIT;
"""


def bare(script: Path, seconds: int, applications: int) -> float:
    """Transactions per second of pgbench with one client."""
    pgbench = shutil.which("pgbench") or sorted(Path("/usr/lib/postgresql").glob("*/bin/pgbench"))[-1]
    told = connection.get_connection_params()
    words = [str(pgbench), "-n", "-c", "1", "-T", str(seconds), "-f", str(script), "-M", "prepared"]
    words += ["-D", f"applications={applications}", "-h", str(told["host"]), "-p", str(told["port"])]
    words += ["-U", str(told["user"]), str(told["dbname"])]
    said = subprocess.run(words, check=True, capture_output=True, text=True).stdout
    found = re.search(r"tps = ([0-9.]+)", said)
    return float(found[1]) if found else 0.0


def ours(user: User, seconds: int) -> float:
    """Moves per second through services.move(), one after the other."""
    waiting = Application.objects.filter(state=State.VERIFIED).order_by("pk")
    chosen = list(waiting.values_list("tracking_id", flat=True)[: seconds * 3000])
    if not chosen:
        raise SystemExit("No file is left in the state “verified”: fill a larger database.")
    # The first move of a process reads the addresses of all pages, for the link in its notice.
    services.move(chosen.pop(), "approve", by=user)
    began, moved = time.perf_counter(), 0
    while time.perf_counter() < began + seconds and moved < len(chosen):
        services.move(chosen[moved], "approve", by=user)
        moved += 1
    return moved / (time.perf_counter() - began)


def main() -> None:
    """Print both rates and the median of their ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=5)
    given = parser.parse_args()
    approval = Section.objects.get(code="approval")
    user = User.objects.get_or_create(username="bench-approval", section=approval)[0]
    Application.objects.filter(state=State.VERIFIED).update(mobile="+923001234567", email="")
    applications = Application.objects.order_by("-pk").values_list("pk", flat=True)[0]
    with connection.cursor() as cursor:
        cursor.execute("CREATE SEQUENCE IF NOT EXISTS bench_bare")
    ratios = []
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "bare.sql"
        script.write_text(BARE)
        print("| bare, transactions/s | services.move(), moves/s | ratio |\n|---|---|---|")
        for _round in range(given.rounds):
            # The bare update turns files into approved ones too, but few enough of so many.
            rates = bare(script, given.seconds, applications), ours(user, given.seconds)
            ratios.append(rates[1] / rates[0])
            print(f"| {rates[0]:,.0f} | {rates[1]:,.0f} | {ratios[-1]:.2f} |", flush=True)
    figure = round(statistics.median(ratios), 2)
    what = "one move with journal and outbox, of its three statements in pgbench"
    tell(6, what, figure, "ratio", ">= 0.50", figure >= 0.5)


if __name__ == "__main__":
    main()
