"""The worklist's statement in the database, beside the look-up by tracking ID: `python -m bench.worklists`.

Against the database of DATABASE_URL, filled by bench.fill. Both statements are planned once for the
connection and run in turn; milliseconds from sending to the last row, at the longest list. Page 1,000 is
reached by its key.
"""

import argparse
import os
import random
import statistics
import time
from typing import Any

import django
import psycopg

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bench.settings")
django.setup()

from django.db import connection  # noqa: E402
from django.db.models import Count, QuerySet  # noqa: E402

from bench.fill import tracking_id  # noqa: E402
from bench.lines import tell  # noqa: E402
from degreetrack.accounts.models import Section, User  # noqa: E402
from degreetrack.applications.models import Application  # noqa: E402
from degreetrack.applications.queries import AT_THE_DESK, visible_to  # noqa: E402
from degreetrack.applications.worklists import ORDER, listed  # noqa: E402

SIZE, FAR = 50, 1000


def timed(sql: str, given: Any) -> float:
    """Milliseconds of a statement that stays prepared."""
    connection.ensure_connection()
    # Django forbids preparing, since its own statements are many.
    connection.connection.prepare_threshold = 0
    with psycopg.Cursor(connection.connection) as cursor:
        began = time.perf_counter()
        cursor.execute(sql, given, prepare=True)
        cursor.fetchall()
        return (time.perf_counter() - began) * 1000


def key_of(row: Application) -> str:
    """The key by which the page after a row is asked for."""
    return f"{int(row.urgent)}_{row.received_at.isoformat()}_{row.pk}"


def main() -> None:
    """Print median and p99 of each, and the two ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=1000)
    given = parser.parse_args()
    with connection.cursor() as cursor:
        # Else some are planned anew each time, which takes longer than they do.
        cursor.execute("SET plan_cache_mode = force_generic_plan")
    user = User.objects.get_or_create(username="bench-lists", section=Section.objects.get(code="scrutiny"))[0]
    states = Application.objects.values_list("state").annotate(n=Count("pk")).order_by("-n")
    state, number = states[0]
    far = min(FAR, number // SIZE - 1)
    ordered = Application.objects.filter(state=state).order_by(*ORDER)
    last = ordered[SIZE * far - SIZE - 1 : SIZE * far - SIZE][0]
    applications = Application.objects.order_by("-pk").values_list("pk", flat=True)[0]
    draw, look_up = random.Random(2), visible_to(user).select_related(*AT_THE_DESK)
    times: dict[str, list[float]] = {"look-up": [], "page 1": [], f"page {far:,}": []}

    def asked(what: str) -> QuerySet[Application]:
        if what == "look-up":
            return look_up.filter(tracking_id=tracking_id(draw.randrange(1, applications + 1)))
        return listed(user, state, after="" if what == "page 1" else key_of(last))[0][: SIZE + 1]

    for round_ in range(-20, given.times):
        for what, took in times.items():
            ms = timed(*asked(what).query.sql_with_params())
            if round_ >= 0:
                took.append(ms)
    print(f"| {applications:,} applications, {number:,} in the list | median ms | p99 ms |\n|---|---|---|")
    p99 = {what: statistics.quantiles(took, n=100)[98] for what, took in times.items()}
    median = {what: statistics.median(took) for what, took in times.items()}
    for what in times:
        print(f"| {what} | {median[what]:.2f} | {p99[what]:.2f} |")
    one, deep = round(p99["page 1"] / p99["look-up"], 2), round(median[f"page {far:,}"] / median["page 1"], 2)
    tell(4, f"worklist's statement at {applications:,}, p99 of the look-up's", one, "ratio", "<= 5", one <= 5)
    tell(4, f"page {far:,} of page 1, median", deep, "ratio", "<= 1.10", deep <= 1.1)


if __name__ == "__main__":
    main()
