"""Late files go to a named officer, once for each stay at a desk and each level, until they move on."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Exists, F, OuterRef, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from degreetrack.accounts.models import CLOCK, User
from degreetrack.applications.models import Application
from degreetrack.applications.targets import Timetable, timetable
from degreetrack.aside.services import Trying
from degreetrack.catalogue.models import Institution
from degreetrack.journal.services import record, record_many
from degreetrack.kit.refusals import Refused
from degreetrack.oversight.models import Escalation, Level
from degreetrack.oversight.officers import Officers

log = logging.getLogger("degreetrack.oversight")
CHUNK = 200


def escalate_late(*, at: datetime | None = None) -> int:
    """Name an officer for each file past its day, and the Controller where it stays so; say how many.

    Any number of workers may do so at once: each takes files that no other has under its hands.
    """
    if not Institution.objects.exists():
        return 0
    at = at or timezone.now()
    close_moved(at=at)
    work = _Work(timetable(), Officers(), at, Trying("escalate_late", at=at))
    done = _in_chunks(_of_absent, _replace_absent, work)
    done += _in_chunks(_late, _to_supervisors, work)
    done += _in_chunks(_waiting, _to_controllers, work)
    work.trying.end()
    return done


def close_moved(*, at: datetime) -> int:
    """Close what has moved on from the desk at which it was late; say how many."""
    moved = Escalation.objects.filter(closed_at=None).exclude(since=F("application__state_since"))
    return Escalation.objects.filter(pk__in=moved.values("pk")).update(closed_at=at)


@dataclass(frozen=True)
class _Work:
    """What all steps of a round share."""

    table: Timetable
    officers: Officers
    at: datetime
    trying: Trying


def _in_chunks(
    waiting: Callable[[_Work], QuerySet[Any]], step: Callable[[list[Any], _Work], int], work: _Work
) -> int:
    """Do a step some rows at a time, each in its own transaction: a killed worker's are gone on with.

    Where it fails they are done one by one, so that a bad row stops none of the others.
    """
    done, last, resting = 0, 0, work.trying.resting
    while True:
        rows = waiting(work).filter(pk__gt=last).order_by("pk")
        numbers = list(rows.values_list("pk", flat=True)[:CHUNK])
        if not numbers:
            return done
        last = numbers[-1]
        if not resting:
            try:
                done += _held(waiting, step, numbers, work)
                continue
            except Exception:
                log.exception("some files could not be escalated together; they are one by one")
        for one in rows.filter(pk__in=numbers):
            stream = one.stream if isinstance(one, Application) else one.application.stream
            if stream not in resting:
                done += work.trying.attempt(stream, _held, waiting, step, [one.pk], work) or 0


def _held(
    waiting: Callable[[_Work], QuerySet[Any]],
    step: Callable[[list[Any], _Work], int],
    numbers: list[int],
    work: _Work,
) -> int:
    """Do it for those rows that no other worker has locked and that wait still, locked."""
    skips = {"skip_locked": True} if connection.features.has_select_for_update_skip_locked else {}
    with transaction.atomic():
        rows = waiting(work).filter(pk__in=numbers).select_for_update(of=("self",), **skips).order_by("pk")
        return step(list(rows), work)


def _late(work: _Work) -> QuerySet[Any]:
    known = Escalation.objects.filter(application=OuterRef("pk"), since=OuterRef("state_since"))
    return Application.objects.filter(due_on__lt=timezone.localdate(work.at)).exclude(Exists(known))


def _to_supervisors(rows: list[Application], work: _Work) -> int:
    # What another worker wrote while we waited for the lock is seen only by a new look.
    there = set(Escalation.objects.filter(application__in=rows).values_list("application", "since"))
    fresh = [row for row in rows if (row.pk, row.state_since) not in there]
    return _name(fresh, Level.SUPERVISOR, work)


def _waiting(work: _Work) -> QuerySet[Any]:
    same = Escalation.objects.filter(application=OuterRef("application"), since=OuterRef("since"))
    waiting = Escalation.objects.filter(
        level=Level.SUPERVISOR,
        closed_at=None,
        controller_on__lte=timezone.localdate(work.at),
        since=F("application__state_since"),
    ).exclude(Exists(same.filter(level=Level.CONTROLLER)))
    return waiting.select_related("application")


def _to_controllers(rows: list[Escalation], work: _Work) -> int:
    applications = [row.application_id for row in rows]
    of_controllers = Escalation.objects.filter(application__in=applications, level=Level.CONTROLLER)
    there = set(of_controllers.values_list("application", "since"))
    fresh = [row.application for row in rows if (row.application_id, row.since) not in there]
    return _name(fresh, Level.CONTROLLER, work)


def _name(rows: list[Application], level: Level, work: _Work) -> int:
    named = [(row, found) for row in rows if (found := work.officers.name(row, level))]
    made = [_escalation(row, *found, table=work.table, at=work.at) for row, found in named]
    Escalation.objects.bulk_create(made)
    _tell(made, at=work.at)
    return len(made)


def _of_absent(work: _Work) -> QuerySet[Any]:
    left = Escalation.objects.filter(
        closed_at=None, officer__is_active=False, since=F("application__state_since")
    )
    return left.select_related("application")


def _replace_absent(rows: list[Escalation], work: _Work) -> int:
    """Who has left answers for nothing any more: their files go to somebody of the same level."""
    moved = []
    for row in rows:
        found = work.officers.name(row.application, Level(row.level))
        if found:
            row.officer, row.seen_at, row.note = found[0], None, ""
            row.save(update_fields=["officer", "seen_at", "note"])
            moved.append(row)
    _tell(moved, at=work.at)
    return len(moved)


def _escalation(
    application: Application, officer: User, level: Level, *, table: Timetable, at: datetime
) -> Escalation:
    due_on = application.due_on or timezone.localdate(at)
    target = table.target(application.state, kind=application.kind, urgent=application.urgent)
    goes_on = table.after(due_on, target.escalate_days) if target and level is Level.SUPERVISOR else None
    return Escalation(
        application=application,
        state=application.state,
        since=application.state_since,
        due_on=due_on,
        level=level,
        officer=officer,
        at=at,
        controller_on=goes_on,
    )


def _tell(rows: list[Escalation], *, at: datetime) -> None:
    """Write each into the journal of its file, with the officer's name."""
    told = [
        (
            row.application.stream,
            "escalated",
            {
                "officer": row.officer.display_name,
                "level": row.level,
                "stage": row.state,
                "due_on": str(row.due_on),
            },
        )
        for row in rows
    ]
    record_many(told, by=CLOCK, at=at)


def of_officer(user: User) -> QuerySet[Escalation]:
    """What somebody answers for now: what they have said nothing about first, then the oldest."""
    return _current().filter(officer=user).order_by(F("seen_at").desc(nulls_first=True), "due_on", "pk")


def of_file(application: Application) -> list[Escalation]:
    """Who answers for a late file now."""
    return list(_current().filter(application=application).order_by("level"))


def _current() -> QuerySet[Escalation]:
    """Those whose file has not moved on, even where no worker has closed them yet."""
    found = Escalation.objects.filter(closed_at=None, since=F("application__state_since"))
    return found.select_related("officer", "application")


def acknowledge(pk: int, *, by: User, note: str, at: datetime | None = None) -> Escalation:
    """Let the officer say what they do about it, for the Controller to read."""
    at = at or timezone.now()
    note = " ".join(note.split())[:500]
    if len(note) < 3:
        raise Refused(_("Write what you do about it: the Controller will read it."))
    with transaction.atomic():
        found = _current().select_for_update(of=("self",)).filter(pk=pk, officer=by).first()
        if found is None:
            raise Refused(_("This file is not escalated to you, or it has moved on."))
        found.seen_at, found.note = at, note
        found.save(update_fields=["seen_at", "note"])
        record(found.application.stream, "escalation_answered", by=by, reason=note, at=at)
    return found
