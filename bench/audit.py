"""Time an auditor's pages: `python tests/with_postgres.py python -m bench.audit 10000000`.

The journal is filled in the database itself, honest in shape (800 people, streams of about eight
entries, two years, looks as frequent as steps) but without chained digests: it is read, not proven.
"""

import argparse
import os
import random
import statistics
import time
from datetime import date, timedelta

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "degreetrack.config.settings")
django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402

from degreetrack.accounts.models import Actor, User  # noqa: E402
from degreetrack.journal import audit  # noqa: E402
from degreetrack.journal.audit import Asked  # noqa: E402

PEOPLE, RUNS, START = 800, 60, date(2025, 1, 1)
FILL = """
INSERT INTO journal_entry (stream, sequence, at, actor_id, actor_name, verb, reason, data, previous, digest)
SELECT 'application/' || (n / 8), n %% 8 + 1, timestamptz '2025-01-01' + n * interval '6 seconds',
       CASE WHEN n %% 3 = 0 THEN NULL ELSE 1 + (n * 7919) %% {people} END, 'clerk ' || (n * 7919) %% {people},
       (ARRAY['submit','view','verify','notice','view','sent','approve','view'])[n %% 8 + 1],
       '', '{{"before": {{"state": "received"}}, "after": {{"state": "verified"}}}}',
       repeat('0', 64), md5(n::text) || md5(n::text)
FROM generate_series(%s::bigint, %s::bigint) AS n
"""


def main() -> None:
    """Fill, then read pages of every shape and print their times."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("entries", type=int)
    entries = parser.parse_args().entries
    call_command("migrate", verbosity=0)
    User.objects.bulk_create(User(pk=n, username=f"clerk{n}") for n in range(1, PEOPLE + 1))
    began = time.perf_counter()
    with connection.cursor() as cursor:
        for first in range(0, entries, 500_000):
            cursor.execute(FILL.format(people=PEOPLE), [first, min(first + 500_000, entries) - 1])
        cursor.execute("VACUUM ANALYZE journal_entry")
    print(f"{entries} entries in {time.perf_counter() - began:.0f} s")
    days = entries * 6 // 86400
    for name, make in shapes(entries, days).items():
        times, again = [], []
        for _run in range(RUNS):
            asked = make()
            began = time.perf_counter()
            page = audit.found(asked)
            times.append(time.perf_counter() - began)
            began = time.perf_counter()
            audit.found(asked, after=page.next_key)
            again.append(time.perf_counter() - began)
        print(f"{name:34} first {told(times)}   next {told(again)}   {plan(make())}")
    began = time.perf_counter()
    lines = sum(1 for _line in audit.export(Asked(actor=7), by=Actor("bench")))
    print(f"export of all that one person did: {lines} lines in {time.perf_counter() - began:.1f} s")


def shapes(entries: int, days: int) -> dict:
    """What auditors ask for."""

    def some_day() -> date:
        return START + timedelta(days=random.randrange(days))

    def somebody() -> int:
        return random.randint(1, PEOPLE)

    return {
        "everything": Asked,
        "a case": lambda: Asked(stream=f"application/{random.randrange(entries // 8)}"),
        "a person": lambda: Asked(actor=somebody()),
        "a person, until a day": lambda: Asked(actor=somebody(), until=some_day()),
        "a person's looks": lambda: Asked(actor=somebody(), verb="view"),
        "a person, what they never did": lambda: Asked(actor=somebody(), verb="export"),
        "looks on a day": lambda: Asked(verb="view", since=(day := some_day()), until=day),
        "what nobody did": lambda: Asked(verb="export"),
        "a day": lambda: Asked(since=(day := some_day()), until=day),
    }


def told(times: list[float]) -> str:
    """The median and the worst, in milliseconds."""
    return f"{statistics.median(times) * 1000:6.1f} ms, worst {max(times) * 1000:6.1f}"


def plan(asked: Asked) -> str:
    """How the database goes about it."""
    rows = audit._matching(asked).order_by(*(("-sequence",) if asked.stream else ("-at", "-pk")))[:51]
    lines = rows.explain().splitlines()
    return " ".join(line.split("(cost")[0].strip(" ->") for line in lines if "Scan" in line or "Sort" in line)


if __name__ == "__main__":
    random.seed(1)
    main()
