"""Time a month into the archive: `python tests/with_postgres.py python -m bench.archives 220000 1000000`.

So many applications (about 4.5 entries each, chained as the product chains them) sealed in a month five
years ago, and so many notices of a month a year ago; then archived, emptied and proven.
"""

import argparse
import os
import time
from collections.abc import Callable
from datetime import date, timedelta

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "degreetrack.config.settings")
django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.utils import timezone  # noqa: E402

from bench.fill import fill  # noqa: E402
from degreetrack.journal import archiving  # noqa: E402
from degreetrack.journal.archives import Archive  # noqa: E402
from degreetrack.journal.services import seal_new  # noqa: E402
from degreetrack.journal.verification import verify  # noqa: E402
from degreetrack.notifications import archiving as of_notices  # noqa: E402

NOTICES = """
INSERT INTO notifications_notice (stream, template, topic, channel, language, "to", subject, body, priority,
  fate, permanent, attempts, deaths, queued_at, due_at, expires_at, sent_at, ended_at, provider_id, problem)
SELECT 'application/' || (n / 10), 'approve', 'status',
  CASE WHEN n %% 2 = 0 THEN 'sms' ELSE 'email' END, 'en',
  CASE WHEN n %% 2 = 0 THEN '+923001234567' ELSE 'somebody' || n || '@example.org' END,
  CASE WHEN n %% 2 = 0 THEN '' ELSE 'Your application is approved: ABC-DEF-GHJK' END,
  repeat('What the university tells you, in words. ', CASE WHEN n %% 2 = 0 THEN 4 ELSE 18 END), 5,
  'delivered', false, 1, 0, t.at, t.at, t.at + interval '3 days', t.at, t.at, md5(n::text), ''
FROM generate_series(1, %s) AS n, LATERAL (SELECT %s + n * interval '1 second' AS at) AS t
"""


def _timed[Found](what: str, rows: int, act: Callable[[], Found]) -> Found:
    began, used = time.perf_counter(), time.process_time()
    found = act()
    seconds, used = time.perf_counter() - began, time.process_time() - used
    print(f"{what}: {seconds:.0f} s, {rows / seconds:,.0f} a second; {rows / used:,.0f} a second of our CPU")
    return found


def _size(table: str, rows: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"VACUUM ANALYZE {table}")
        cursor.execute("SELECT pg_total_relation_size(%s)", [table])
        print(f"{table}: {cursor.fetchone()[0] / rows:,.0f} bytes a row with its indexes")


def main() -> None:
    """Fill, archive, prove, and print times and sizes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("applications", type=int)
    parser.add_argument("notices", type=int)
    asked = parser.parse_args()
    call_command("migrate", verbosity=0)
    fill(asked.applications)
    seal = seal_new(at=timezone.now() - timedelta(days=2000))
    assert seal
    with connection.cursor() as cursor:
        cursor.execute(NOTICES, [asked.notices, timezone.now() - timedelta(days=500)])
    _size("journal_entry", seal.entries)
    _size("journal_sealedstream", asked.applications)
    _size("notifications_notice", asked.notices)
    before = timezone.localdate() - timedelta(days=380)
    written = _timed(
        "the journal's file", seal.entries, lambda: archiving._written(before, 0, timezone.now())
    )
    print(f"{written.bytes / written.rows:.0f} bytes an entry in the file")
    _timed("out of the tables", seal.entries, lambda: archiving._empty(written, lambda streams: set()))
    assert _timed("proven", seal.entries, verify) == []
    archives = _timed("notices archived and gone", asked.notices, lambda: _all(before))
    print(f"{sum(one.bytes for one in archives) / asked.notices:.0f} bytes a notice in the files")


def _all(before: date) -> list[Archive]:
    return list(iter(lambda: of_notices.archive_month(before=before), None))


if __name__ == "__main__":
    main()
