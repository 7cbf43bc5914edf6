"""How fast figures are counted and shown: `python -m bench.figures 10000 1000000`.

Fills the database to each size in turn (bench.fill), spreads the applications over kinds and offices, objects
to some once and to some twice, counts everything from scratch and then what is new, and asks for the pages
200 times each through Django's test client, signed in as the Controller.
"""

import argparse
import os
import time
from collections.abc import Callable
from datetime import timedelta

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bench.settings")

import django

django.setup()

from django.db import connection  # noqa: E402
from django.db.models import Case, F, Value, When  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402
from django.utils import timezone  # noqa: E402

from bench import fill  # noqa: E402
from bench.browsers import browser_of  # noqa: E402
from degreetrack.accounts.models import User  # noqa: E402
from degreetrack.applications.models import Application  # noqa: E402
from degreetrack.catalogue.models import ObjectionReason, Region  # noqa: E402
from degreetrack.journal.models import Entry  # noqa: E402
from degreetrack.journal.services import chained, seal_new  # noqa: E402
from degreetrack.oversight import models  # noqa: E402
from degreetrack.oversight.rollups import (  # noqa: E402
    EVERY,
    refresh_backlog,
    refresh_figures,
    start_over,
)

TIMES = 200
PAGES = {
    "dashboard, 13 weeks": "/staff/figures/",
    "dashboard, one year": "/staff/figures/?weeks=52",
    "one office, one year": "/staff/figures/?weeks=52&office=lahore",
    "one panel as XLSX": "/staff/figures/backlog.xlsx",
    "public page": "/figures/",
}


def spread(above: int) -> None:
    """Give the applications beyond a number kinds and offices, and object to half of those just received.

    Every tenth was received at a regional office.
    """
    new = Application.objects.filter(pk__gt=above)
    offices = list(Region.objects.values_list("pk", flat=True))
    at = [When(place=10 * place, then=Value(code)) for place, code in enumerate(offices)]
    kinds = [When(third=place, then=Value(kind)) for place, kind in enumerate(("PC", "DMC", "DEGREE"))]
    new.annotate(place=F("pk") % (10 * len(offices)), third=F("pk") % 3).update(
        office=Case(*at, default=Value("")), kind=Case(*kinds, default=Value("PC"))
    )
    object_to(new.filter(state="received").annotate(half=F("pk") % 2).filter(half=0))


def object_to(some, *, most: int = 10**9) -> None:
    """Raise objections on them, and again on every other one after its answer."""
    clerk = User.objects.get(username="bench-scrutiny")
    reasons = list(ObjectionReason.objects.values_list("pk", flat=True))
    while most > 0 and (pks := list(some.order_by("pk").values_list("pk", flat=True)[: min(most, 5000)])):
        most -= len(pks)
        streams = [f"application/{pk}" for pk in pks]
        entries = []
        for first in Entry.objects.filter(stream__in=streams, sequence=1):
            number, last = int(first.stream.partition("/")[2]), first
            again = number % 4 == 0
            for step, verb in enumerate(["object", "answer", "object"] if again else ["object"], start=1):
                after = {"state": "answered" if verb == "answer" else "objected"}
                if verb == "object":
                    after["objections"] = [reasons[(number + step) % len(reasons)]]
                moment = last.at + timedelta(days=1 + number % 13)
                last = chained(first.stream, verb, last, by=clerk, after=after, at=moment)
                entries.append(last)
        Entry.objects.bulk_create(entries, batch_size=5000)
        Application.objects.filter(pk__in=pks).update(state="objected")


def staff() -> Client:
    """The Controller's browser; and a clerk who objects."""
    User.objects.get_or_create(username="bench-scrutiny", defaults={"section_id": "scrutiny"})
    controller, _new = User.objects.get_or_create(
        username="bench-controller", defaults={"section_id": "controller"}
    )
    return browser_of(controller)


def timed(what: str, act: Callable[[], object]) -> None:
    """Do it and say how long it took."""
    begin = time.monotonic()
    outcome = act()
    print(f"{what}: {time.monotonic() - begin:.1f} s ({outcome})", flush=True)


def ask(client: Client, what: str, path: str) -> None:
    """Ask for a page many times; its median and 95th percentile in ms, and its statements."""
    for _warm in range(5):
        assert client.get(path).status_code == 200
    with CaptureQueriesContext(connection) as queries:
        client.get(path)
        statements = len(queries)
    took = []
    for _time in range(TIMES):
        begin = time.perf_counter()
        client.get(path)
        took.append(1000 * (time.perf_counter() - begin))
    took.sort()
    half, most = took[TIMES // 2], took[TIMES * 95 // 100]
    print(f"{what}: median {half:.0f} ms, p95 {most:.0f} ms, {statements} statements", flush=True)


def measure(applications: int) -> None:
    """Everything at one size."""
    above = Application.objects.count()
    timed(f"filled to {applications:,}", lambda: fill.fill(applications))
    client = staff()
    timed("spread", lambda: spread(above))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    timed("sealed", seal_new)
    start_over()
    timed("moves counted from scratch", lambda: refresh_figures(most=100_000, rounds=None))
    later = timezone.now() + EVERY
    timed("backlog counted", lambda: refresh_backlog(at=later))
    object_to(Application.objects.filter(state="received"), most=500)
    seal_new()
    timed("what is new counted", lambda: refresh_figures(at=later))
    sizes = {one.__name__: one.objects.count() for one in (*FIGURES, Entry)}
    print("rows:", ", ".join(f"{name} {n:,}" for name, n in sizes.items()), flush=True)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    for what, path in PAGES.items():
        ask(client, what, path)


FIGURES = (models.BacklogFigure, models.MoveFigure, models.StayFigure, models.ObjectionFigure)

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("applications", type=int, nargs="+")
    for size in parser.parse_args().applications:
        measure(size)
