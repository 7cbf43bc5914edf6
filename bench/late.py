"""What targets and escalation cost: `python tests/with_postgres.py .venv/bin/python -m bench.late 50000`.

Fills the database of DATABASE_URL to so many applications, lets all open files follow the timetable,
escalates what is late (in such a database nearly all), and asks for the page of late files.
"""

import argparse
import os
import statistics
import time
from collections.abc import Callable

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bench.settings")

import django

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.utils import timezone  # noqa: E402

from bench.fill import fill  # noqa: E402
from degreetrack.accounts.models import Section, User  # noqa: E402
from degreetrack.applications.targets import redue_changed  # noqa: E402
from degreetrack.oversight import late  # noqa: E402
from degreetrack.oversight.escalations import escalate_late, of_officer  # noqa: E402


def told(what: str, job: Callable[[], object]) -> None:
    """Do a job once and say how long it took."""
    begun = time.perf_counter()
    done = job()
    print(f"{what}: {done} in {time.perf_counter() - begun:.1f} s", flush=True)


def page(user: User) -> None:
    """What the page of late files asks of the database."""
    table, on, at = late.now()
    late.stages(user, on)
    late.in_whose_hands(user, on, at=at)
    late.page(user, late.When.LATE, on, by=table, at=at)
    list(of_officer(user)[:51])


def main(applications: int) -> None:
    """Fill, follow, escalate, look."""
    call_command("migrate", verbosity=0)
    fill(applications)
    for code in ("approval", "controller", "printing", "scrutiny", "verification"):
        section = Section.objects.get(code=code)
        User.objects.create_user(code, section=section, supervisor=code != "controller")
    told("files that follow the timetable", redue_changed)
    told("and again, nothing changed", redue_changed)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    told("escalated", escalate_late)
    told("and again, nothing to do", escalate_late)
    for name in ("approval", "controller"):
        user, times = User.objects.get(username=name), []
        for _ in range(20):
            begun = time.perf_counter()
            page(user)
            times.append(1000 * (time.perf_counter() - begun))
        print(f"page of {name}, {timezone.localdate()}: median {statistics.median(times):.0f} ms", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("applications", type=int)
    main(parser.parse_args().applications)
