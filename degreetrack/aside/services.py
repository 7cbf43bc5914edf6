"""A job tries its rows one by one; one that fails rests, is set aside, is tried again when staff say so."""

import logging
import traceback
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from degreetrack.accounts.models import Actor, Role, User
from degreetrack.aside.models import Aside
from degreetrack.journal.services import record
from degreetrack.kit.refusals import Refused

log = logging.getLogger("degreetrack.aside")
WORKER = Actor("worker")
# After each try so long a rest; after the last a person has to look.
RESTS = [timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2)]
READERS = frozenset({Role.SUPERVISOR, Role.CONTROLLER, Role.AUDITOR})
STEERERS = READERS - {Role.AUDITOR}


class Trying:
    """One round of a job: which rows rest, and trying the others.

    Where trying once more is sure to fail again, as a row is only read, one try is enough.
    """

    def __init__(self, job: str, *, at: datetime | None = None, tries: int = len(RESTS) + 1) -> None:
        self.job, self.at, self.most = job, at or timezone.now(), tries
        self._known = {row.row: row for row in Aside.objects.filter(job=job)}

    @property
    def resting(self) -> set[str]:
        """The rows to pass over in this round."""
        # No rest is longer: beyond that the clock was set back since.
        last = self.at + RESTS[-1]
        rows = self._known.values()
        return {row.row for row in rows if row.set_aside_at or self.at < row.again_at <= last}

    @property
    def resting_pks(self) -> list[int]:
        """Their numbers, where all rows are of one table."""
        return sorted(int(name.rpartition("/")[2]) for name in self.resting if name)

    @property
    def due(self) -> list[str]:
        """The rows that failed before and whose time has come."""
        return sorted(self._known.keys() - self.resting - {""})

    def attempt[**P, T](self, row: str, act: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T | None:
        """Do it for one row, or note the fault and return None.

        Where the database is away the note cannot be written either: that is raised, and is no row's fault.
        """
        try:
            done = act(*args, **kwargs)
        except Exception as fault:
            self.note(row, fault)
            return None
        if row in self._known:
            self.forget(row)
        return done

    def forget(self, row: str) -> None:
        """It went well, or there is nothing left to do."""
        Aside.objects.filter(pk=self._known.pop(row).pk).delete()

    def end(self) -> None:
        """Forget those whose time had come and that the job did not find to do any more."""
        for row in self.due:
            self.forget(row)

    def note(self, row: str, fault: Exception) -> None:
        """Write down that a row failed: it rests, or is set aside."""
        known = self._known.get(row)
        tries = known.tries + 1 if known else 1
        over = tries >= self.most
        told = {
            "fault": kind_of(fault),
            "tries": tries,
            "again_at": self.at + RESTS[min(tries, len(RESTS)) - 1],
            "set_aside_at": self.at if over else None,
        }
        frames = "".join(traceback.format_tb(fault.__traceback__))
        words = "%s failed%s: %s. " + ("It is set aside" if over else "It is tried again after a pause")
        log.error(words + "\n%s", self.job, f" with {row}" if row else "", told["fault"], frames)
        with transaction.atomic():
            kept, _new = Aside.objects.update_or_create(
                job=self.job, row=row, defaults=told, create_defaults=told | {"since": self.at}
            )
            if over:
                said = {"job": self.job, "fault": kept.fault, "tries": tries}
                record(kept.stream, "set_aside", by=WORKER, after=said, at=self.at)
        self._known[row] = kept


def kind_of(fault: Exception) -> str:
    """The kind of a fault and the line of ours that met it; its own words may hold a person's data."""
    frames = traceback.extract_tb(fault.__traceback__)
    ours = [frame for frame in frames if "degreetrack" in Path(frame.filename).parts]
    where = f", {Path(ours[-1].filename).name}:{ours[-1].lineno}" if ours else ""
    return f"{type(fault).__name__}{where}"[:150]


def set_aside(user: User) -> QuerySet[Aside]:
    """What waits for a person, oldest first; nothing for whoever may not read it."""
    rows = Aside.objects.filter(set_aside_at__isnull=False).order_by("set_aside_at", "pk")
    return rows if user.roles & READERS else rows.none()


def try_again(pk: int, *, by: User, at: datetime | None = None) -> None:
    """Let the job try a row once more, as if it had never failed."""
    at = at or timezone.now()
    if not by.roles & STEERERS:
        raise Refused(_("The head of a section or the Controller does this."))
    with transaction.atomic():
        row = set_aside(by).select_for_update().filter(pk=pk).first()
        if row is None:
            raise Refused(_("It is no longer set aside."))
        row.set_aside_at, row.tries, row.again_at = None, 0, at
        row.save(update_fields=["set_aside_at", "tries", "again_at"])
        record(row.stream, "tried_again", by=by, after={"job": row.job}, at=at)
