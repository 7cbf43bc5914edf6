"""How fast the desk's pages are: `python -m bench.desk` against the database of DATABASE_URL.

Filled by bench.fill; asks for each page in turn through Django's test client, so that times are
those of the whole answer without a web server, and prints median and p95, the database's part of
it, and the number of statements.
"""

import argparse
import os
import statistics
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bench.settings")
django.setup()

from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.utils import timezone  # noqa: E402

from bench.browsers import browser_of  # noqa: E402
from degreetrack.accounts.models import Section, User  # noqa: E402
from degreetrack.applications.models import Application  # noqa: E402
from degreetrack.applications.worklists import save_view  # noqa: E402

# What is asked for: name, whose section, at which office, address.
PAGES = [
    ("home of scrutiny, two saved views", "scrutiny", "", "/staff/"),
    ("home of the controller", "controller", "", "/staff/"),
    ("list, no filter", "scrutiny", "", "?"),
    ("list, tenth page", "scrutiny", "", "?after={tenth}"),
    ("list of ordinary ones, deep", "scrutiny", "", "?after={deep}"),
    ("urgent", "scrutiny", "", "?urgent=yes"),
    ("kind", "scrutiny", "", "?kind=DEGREE"),
    ("kind and issue", "scrutiny", "", "?kind=DEGREE&issue=DUPLICATE"),
    ("one office's", "scrutiny", "", "?office=lahore"),
    (
        "one office's, a kind and issue",
        "scrutiny",
        "",
        "?office=lahore&kind=DMC&issue=DUPLICATE",
    ),
    ("level", "scrutiny", "", "?level={level}"),
    (
        "received in a week",
        "scrutiny",
        "",
        "?received_from={week}&received_to={week_end}",
    ),
    ("waiting longer than 90 days", "scrutiny", "", "?waiting=90"),
    ("waiting longer than anybody", "scrutiny", "", "?waiting=3000"),
    ("mine", "scrutiny", "", "?hand=mine"),
    ("nobody's", "scrutiny", "", "?hand=nobody"),
    ("list of a regional office", "regional", "lahore", "?"),
    ("home of a regional office", "regional", "lahore", "/staff/"),
]


def signed_in(section: str, office: str) -> Client:
    """A browser of somebody of a section at an office."""
    user, _new = User.objects.get_or_create(
        username=f"bench-{section}-{office}", section=Section.objects.get(code=section), office=office
    )
    if section == "scrutiny":
        save_view(user, name="Degrees", state="received", query="kind=DEGREE")
        save_view(user, name="Urgent", state="received", query="urgent=yes")
    return browser_of(user)


def places() -> dict[str, str]:
    """What the addresses leave open."""
    rows = Application.objects.filter(state="received").order_by("-urgent", "received_at", "pk")
    number = rows.count()
    keys = {}
    for name, place in (("tenth", 450), ("deep", number * 9 // 10)):
        row = rows[min(place, number - 1)]
        keys[name] = f"{int(row.urgent)}_{row.received_at:%Y-%m-%dT%H:%M:%S}%2B00:00_{row.pk}"
    week = timezone.localdate() - timedelta(days=100)
    level = rows.select_related("result__programme")[0].result.programme.level_id
    return keys | {"week": str(week), "week_end": str(week + timedelta(days=6)), "level": level}


def address(path: str) -> str:
    """A page's own address, or a filter's of the list of what was received."""
    return f"/staff/work/received/{path}" if path.startswith("?") else path


class Watch:
    """Counts statements and the time that the database takes for them."""

    def __init__(self) -> None:
        self.number, self.seconds = 0, 0.0

    def __call__(self, execute: Callable[..., Any], *given: Any) -> Any:
        """Run one statement."""
        began = time.perf_counter()
        try:
            return execute(*given)
        finally:
            self.number += 1
            self.seconds += time.perf_counter() - began


def asked(client: Client, path: str) -> tuple[float, float, int]:
    """Ask once: seconds, seconds of the database, statements."""
    watch, began = Watch(), time.perf_counter()
    with connection.execute_wrapper(watch):
        answer = client.get(path)
    if answer.status_code != 200:
        raise SystemExit(f"{path}: {answer.status_code}")
    return time.perf_counter() - began, watch.seconds, watch.number


def main() -> None:
    """Print a table of every page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=60)
    rounds = parser.parse_args().rounds
    open_ = places()
    clients = {(section, office): signed_in(section, office) for _n, section, office, _p in PAGES}
    times: dict[str, list[tuple[float, float, int]]] = {name: [] for name, *_more in PAGES}
    for turn in range(rounds + 3):
        for name, section, office, path in PAGES:
            told = asked(clients[section, office], address(path).format(**open_))
            # The first rounds warm templates and the database's memory.
            if turn >= 3:
                times[name].append(told)
    number = f"{Application.objects.count():,} applications"
    print(f"| {number} | median ms | p95 ms | database, p95 ms | statements |")
    print("|---|---|---|---|---|")
    for name, rows in times.items():
        whole, base, numbers = zip(*rows, strict=True)
        p95 = [statistics.quantiles(one, n=20)[18] * 1000 for one in (whole, base)]
        median = statistics.median(whole) * 1000
        print(f"| {name} | {median:.1f} | {p95[0]:.1f} | {p95[1]:.1f} | {max(numbers)} |")


if __name__ == "__main__":
    main()
