"""Late files go to a named officer, once for each stay at a desk and each level, until they move on."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Exists, F, OuterRef, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from degreetrack.accounts.models import CLOCK, User
from degreetrack.applications.models import Application
from degreetrack.applications.targets import Timetable, timetable
from degreetrack.catalogue.models import Institution
from degreetrack.journal.services import record, record_many
from degreetrack.kit.refusals import Refused
from degreetrack.oversight.models import Escalation, Level
from degreetrack.oversight.officers import Officers

CHUNK = 200
type Named = tuple[int, int]


def escalate_late(*, at: datetime | None = None) -> int:
    """Name an officer for each file past its day, and the Controller where it stays so; say how many.

    Any number of workers may do so at once: each takes files that no other has under its hands.
    """
    if not Institution.objects.exists():
        return 0
    at = at or timezone.now()
    close_moved(at=at)
    table, officers = timetable(), Officers()
    return sum(
        _in_chunks(step, table, officers, at) for step in (_replace_absent, _to_supervisors, _to_controllers)
    )


def close_moved(*, at: datetime) -> int:
    """Close what has moved on from the desk at which it was late; say how many."""
    moved = Escalation.objects.filter(closed_at=None).exclude(since=F("application__state_since"))
    return Escalation.objects.filter(pk__in=moved.values("pk")).update(closed_at=at)


def _in_chunks(
    step: Callable[[int, Timetable, Officers, datetime], tuple[int, int | None]],
    table: Timetable,
    officers: Officers,
    at: datetime,
) -> int:
    """Do a step some rows at a time, each in its own transaction: a killed worker's are gone on with."""
    done, last = 0, 0
    while True:
        with transaction.atomic():
            made, key = step(last, table, officers, at)
        done += made
        if key is None:
            return done
        last = key


def _free(rows: QuerySet[Any], after: int) -> list[Any]:
    """The next rows that no other worker has locked, locked."""
    skips = {"skip_locked": True} if connection.features.has_select_for_update_skip_locked else {}
    return list(rows.filter(pk__gt=after).select_for_update(of=("self",), **skips).order_by("pk")[:CHUNK])


def _to_supervisors(after: int, table: Timetable, officers: Officers, at: datetime) -> tuple[int, int | None]:
    known = Escalation.objects.filter(application=OuterRef("pk"), since=OuterRef("state_since"))
    late = Application.objects.filter(due_on__lt=timezone.localdate(at)).exclude(Exists(known))
    rows: list[Application] = _free(late, after)
    # What another worker wrote while we waited for the lock is seen only by a new look.
    there = set(Escalation.objects.filter(application__in=rows).values_list("application", "since"))
    fresh = [row for row in rows if (row.pk, row.state_since) not in there]
    named = [(row, found) for row in fresh if (found := officers.name(row, Level.SUPERVISOR))]
    made = [_escalation(row, *found, table=table, at=at) for row, found in named]
    _keep(made, at=at)
    return len(made), rows[-1].pk if rows else None


def _to_controllers(after: int, table: Timetable, officers: Officers, at: datetime) -> tuple[int, int | None]:
    same = Escalation.objects.filter(application=OuterRef("application"), since=OuterRef("since"))
    waiting = Escalation.objects.filter(
        level=Level.SUPERVISOR,
        closed_at=None,
        controller_on__lte=timezone.localdate(at),
        since=F("application__state_since"),
    ).exclude(Exists(same.filter(level=Level.CONTROLLER)))
    rows: list[Escalation] = _free(waiting.select_related("application"), after)
    applications = [row.application_id for row in rows]
    of_controllers = Escalation.objects.filter(application__in=applications, level=Level.CONTROLLER)
    there = set(of_controllers.values_list("application", "since"))
    fresh = [row.application for row in rows if (row.application_id, row.since) not in there]
    named = [(row, found) for row in fresh if (found := officers.name(row, Level.CONTROLLER))]
    made = [_escalation(row, *found, table=table, at=at) for row, found in named]
    _keep(made, at=at)
    return len(made), rows[-1].pk if rows else None


def _replace_absent(after: int, table: Timetable, officers: Officers, at: datetime) -> tuple[int, int | None]:
    """Who has left answers for nothing any more: their files go to somebody of the same level."""
    left = Escalation.objects.filter(
        closed_at=None, officer__is_active=False, since=F("application__state_since")
    )
    rows: list[Escalation] = _free(left.select_related("application"), after)
    moved = []
    for row in rows:
        found = officers.name(row.application, Level(row.level))
        if found:
            row.officer, row.seen_at, row.note = found[0], None, ""
            row.save(update_fields=["officer", "seen_at", "note"])
            moved.append(row)
    _tell(moved, at=at)
    return len(moved), rows[-1].pk if rows else None


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


def _keep(made: list[Escalation], *, at: datetime) -> None:
    Escalation.objects.bulk_create(made)
    _tell(made, at=at)


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
