"""Moves in bulk: asked for once, worked off chunk by chunk by any number of workers.

A chunk is one transaction that holds its rows: a worker that is killed leaves them as they were,
for the next, so that no file is moved twice and none is missed. No lease is needed for that.
"""

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import OperationalError, connection, transaction
from django.db.models import CharField, Count, Q, QuerySet, Value
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from degreetrack.accounts.models import Actor, Role, User
from degreetrack.applications import services
from degreetrack.applications.batch_models import RowFate
from degreetrack.applications.bulk import move_many
from degreetrack.applications.filters import ALL, Filter
from degreetrack.applications.lifecycle import MOVES, Move, State
from degreetrack.applications.models import Application, Batch, BatchRow
from degreetrack.applications.queries import visible_to
from degreetrack.applications.worklists import ORDER, matching
from degreetrack.aside.services import Trying
from degreetrack.journal.services import record
from degreetrack.kit.refusals import Refused

log = logging.getLogger("degreetrack.applications")
# More at once is hardly faster, and holds its rows for more than a second.
CHUNK = 1000
# So long a worker stays with batches before it looks after its other work.
SPELL = 5.0
WORKER = Actor("bulk moves")
READERS = {Role.CONTROLLER, Role.AUDITOR}


def bulk_moves(state: State, user: User) -> list[Move]:
    """What this person may do with many files of a state at once, what goes forward first."""
    found = [move for move in MOVES.values() if move.bulk and state in move.from_ and move.roles & user.roles]
    # What needs a reason sends back; it is not what stands there before anybody has chosen.
    return sorted(found, key=lambda move: move.reason)


def begin(
    user: User,
    *,
    verb: str,
    state: State,
    chosen: Sequence[str] | None = None,
    filter_: Filter = ALL,
    query: str = "",
    reason: str = "",
    at: datetime | None = None,
) -> Batch:
    """Ask for a move of the files with these tracking IDs, or of all that match: its rows are fixed now."""
    at = at or timezone.now()
    reason = " ".join(reason.split())[:500]
    if chosen is not None and not chosen:
        raise Refused(_("Choose at least one file."))
    line = MOVES.get(verb)
    if line is None or not line.bulk or state not in line.from_:
        raise Refused(_("This step is not made of many files at once."))
    services.check_role(line, user)
    services.check_reason(line, reason, by=user)
    batch = Batch(
        user=user,
        section=user.section,
        office=user.office,
        verb=verb,
        state=state,
        query=query[:500],
        chosen=chosen is not None,
        reason=reason,
        language=translation.get_language() or "en",
        made_at=at,
    )
    if chosen is None:
        files = matching(user, state, filter_, at=at)
    else:
        # Those that have moved on since they were ticked are refused one by one, not left out in silence.
        files = visible_to(user).filter(tracking_id__in=chosen)
    with transaction.atomic():
        batch.save()
        batch.total = _write_rows(batch, files)
        if not batch.total:
            raise Refused(_("No file matches any more."))
        batch.save(update_fields=["total"])
        after = {"verb": verb, "from": state, "files": batch.total}
        record(batch.stream, "batch_begun", by=user, reason=reason, after=after, at=at)
    return batch


def _write_rows(batch: Batch, files: QuerySet[Application]) -> int:
    """One row for each file, in the list's order, by one statement; say how many."""
    waiting, nothing = Value(RowFate.WAITING.value, CharField()), Value("", CharField())
    rows = files.order_by(*ORDER).values_list(Value(batch.pk), "pk", waiting, nothing)
    sql, given = rows.query.sql_with_params()
    into = f"INSERT INTO {BatchRow._meta.db_table} (batch_id, application_id, fate, reason) {sql}"
    with connection.cursor() as cursor:
        cursor.execute(into, given)
        return cursor.rowcount


def carry_on(*, spell: float = SPELL) -> int:
    """Work at the batches under way, a chunk of each in turn, for a while; say how many files it was."""
    end, seen = time.monotonic() + spell, 0
    trying = Trying("carry_on")
    while True:
        before = seen
        under_way = Batch.objects.filter(finished_at=None, stopped_at=None).exclude(pk__in=trying.resting_pks)
        for pk in list(under_way.values_list("pk", flat=True)):
            seen += trying.attempt(f"batch/{pk}", work, pk) or 0
            if time.monotonic() > end:
                return seen
        if seen == before:
            trying.end()
            return seen


def work(pk: int, *, at: datetime | None = None) -> int:
    """Work off one chunk of a batch; say how many files were seen to, 0 where there is nothing to do now."""
    at = at or timezone.now()
    batch = Batch.objects.select_related("user").filter(pk=pk, finished_at=None, stopped_at=None).first()
    if batch is None:
        return 0
    with translation.override(batch.language):
        try:
            _check_asker(batch)
        except Refused as refusal:
            _stop(batch, by=WORKER, reason=str(refusal), at=at)
            return 0
        try:
            seen = _chunk(batch, None, at)
        except OperationalError:
            raise
        except Exception:
            log.exception("a chunk of batch %s failed; its files are moved one by one", pk)
            seen = _one_by_one(batch, at)
    if not batch.rows.filter(fate=RowFate.WAITING).exists():
        _finish(batch, at)
    return seen


def _check_asker(batch: Batch) -> None:
    """Refuse the rest where the rights of who asked have changed since."""
    user = batch.user
    if not user.is_active or (user.section_id, user.office) != (batch.section_id, batch.office):
        raise Refused(_("%(name)s no longer works where this was asked for.") % {"name": user.display_name})
    services.check_role(batch.line, user)


def _chunk(batch: Batch, pks: Sequence[int] | None, at: datetime) -> int:
    """Move the next files that wait, or these, and write down what became of each: one transaction."""
    skip = connection.features.has_select_for_update_skip_locked
    waiting = batch.rows.filter(fate=RowFate.WAITING) if pks is None else batch.rows.filter(pk__in=pks)
    with transaction.atomic():
        rows = waiting.select_for_update(skip_locked=skip).filter(fate=RowFate.WAITING).order_by("pk")
        of_file = dict(rows.values_list("application_id", "pk")[:CHUNK])
        if not of_file:
            return 0
        outcome = move_many(
            of_file, batch.line, by=batch.user, reason=batch.reason, at=at, also={"batch": batch.pk}
        )
        moved = [of_file[pk] for pk in outcome.moved]
        BatchRow.objects.filter(pk__in=moved).update(fate=RowFate.DONE)
        refused = [
            BatchRow(pk=of_file[pk], fate=RowFate.REFUSED, reason=reason[:300])
            for pk, reason in outcome.refused.items()
        ]
        BatchRow.objects.bulk_update(refused, ["fate", "reason"])
    return len(moved) + len(refused)


def _one_by_one(batch: Batch, at: datetime) -> int:
    """A file that breaks the step is told as refused, and does not hold up the others."""
    waiting = batch.rows.filter(fate=RowFate.WAITING).order_by("pk")
    seen = 0
    for pk in list(waiting.values_list("pk", flat=True)[:CHUNK]):
        try:
            seen += _chunk(batch, [pk], at)
        except OperationalError:
            raise
        except Exception:
            log.exception("row %s of batch %s could not be moved", pk, batch.pk)
            fault = _("A fault of the system; it is written down for its keepers.")
            seen += batch.rows.filter(pk=pk, fate=RowFate.WAITING).update(fate=RowFate.REFUSED, reason=fault)
    return seen


def _finish(batch: Batch, at: datetime) -> None:
    with transaction.atomic():
        if Batch.objects.filter(pk=batch.pk, finished_at=None).update(finished_at=at):
            told = progress(batch)
            after = {"done": told.done, "refused": told.refused}
            record(batch.stream, "batch_finished", by=WORKER, after=after, at=at)


def _stop(batch: Batch, *, by: User | Actor, reason: str, at: datetime) -> bool:
    with transaction.atomic():
        running = Batch.objects.filter(pk=batch.pk, finished_at=None, stopped_at=None)
        stopped = running.update(stopped_at=at, stop_reason=reason[:300])
        if stopped:
            record(batch.stream, "batch_stopped", by=by, reason=reason, at=at)
    return bool(stopped)


def stop(batch: Batch, *, by: User, at: datetime | None = None) -> None:
    """Stop a batch after the chunk under way; what is done stays done."""
    _must_steer(batch, by)
    reason = _("Stopped by %(name)s") % {"name": by.display_name}
    if not _stop(batch, by=by, reason=reason, at=at or timezone.now()):
        raise Refused(_("It has stopped or finished already."))


def resume(batch: Batch, *, by: User, at: datetime | None = None) -> None:
    """Go on where a batch was stopped."""
    _must_steer(batch, by)
    with transaction.atomic():
        stopped = Batch.objects.filter(pk=batch.pk, finished_at=None, stopped_at__isnull=False)
        if not stopped.update(stopped_at=None, stop_reason=""):
            raise Refused(_("It has not been stopped."))
        record(batch.stream, "batch_resumed", by=by, at=at)


def may_steer(batch: Batch, user: User) -> bool:
    """Whether somebody may stop it and go on with it: who asked for it, and who heads the section."""
    heads = Role.SUPERVISOR in user.roles and _same_place(batch, user)
    return bool(user.roles) and (batch.user_id == user.pk or heads)


def _must_steer(batch: Batch, by: User) -> None:
    if not may_steer(batch, by):
        raise Refused(_("Only who asked for it and the head of their section do this."))


def _same_place(batch: Batch, user: User) -> bool:
    return (batch.section_id, batch.office) == (user.section_id, user.office)


def visible_batches(user: User) -> QuerySet[Batch]:
    """The batches that somebody sees: their own, those of the section that they head, or all for readers."""
    rows = Batch.objects.select_related("user").order_by("-pk")
    if not user.roles:
        return rows.none()
    if user.roles & READERS:
        return rows.filter(office=user.office) if user.office else rows
    mine = Q(user=user)
    if Role.SUPERVISOR in user.roles:
        mine |= Q(section=user.section_id, office=user.office)
    return rows.filter(mine)


@dataclass(frozen=True)
class Progress:
    """How far a batch is, in files."""

    done: int
    refused: int
    waiting: int

    @property
    def seen(self) -> int:
        """Those that are through, moved or not."""
        return self.done + self.refused


def progress(batch: Batch) -> Progress:
    """Count the files of a batch by their fate."""
    counts = dict(batch.rows.values_list("fate").annotate(n=Count("pk")).order_by())
    return Progress(*(counts.get(fate, 0) for fate in (RowFate.DONE, RowFate.REFUSED, RowFate.WAITING)))


def refused(batch: Batch, *, after: int = 0) -> QuerySet[BatchRow]:
    """The files that were refused, in the list's order, after a row."""
    rows = batch.rows.filter(fate=RowFate.REFUSED, pk__gt=after)
    return rows.select_related("application__result__student").order_by("pk")
