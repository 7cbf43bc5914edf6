"""Run the worker's jobs and note how they do, so that one which has stopped working is seen from outside."""

import logging
import time
from collections.abc import Callable
from contextlib import suppress

from django.db import Error, transaction
from django.db.models import F
from django.utils import timezone

from degreetrack.aside.services import Trying
from degreetrack.oversight.job_models import JobRun

log = logging.getLogger("degreetrack.worker")
# Some jobs run each second; one that goes well is noted this seldom by each worker.
NOTED_EVERY = 15.0
_noted: dict[str, float] = {}


def run(job: Callable[[], object]) -> None:
    """Do a job and note how it went; a fault is logged and counted, and the next job has its turn."""
    name = job.__name__
    began = time.monotonic()
    done: list[object] = []
    try:
        Trying(name).attempt("", lambda: done.append(job()))
    except Exception:
        log.exception("%s failed, and so did noting it; it is tried again after a pause", name)
    if not done:
        _noted.pop(name, None)
        # Where the database is what is away, there is nowhere to count.
        with suppress(Error), transaction.atomic():
            JobRun.objects.get_or_create(name=name)
            JobRun.objects.filter(name=name).update(failures=F("failures") + 1)
        return
    ended = time.monotonic()
    if ended - _noted.get(name, -NOTED_EVERY) >= NOTED_EVERY:
        _noted[name] = ended
        row = JobRun(name=name, succeeded_at=timezone.now(), seconds=ended - began)
        with suppress(Error):
            JobRun.objects.bulk_create(
                [row],
                update_conflicts=True,
                unique_fields=["name"],
                update_fields=["succeeded_at", "seconds"],
            )
