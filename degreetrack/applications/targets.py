"""The university's clock at each stage: by when a file is to leave it. It rests while the applicant is asked.

Checking has one clock, however often a file comes back to it: what was used up before objections, or before
a file was sent back, is not given again. But one working day is left always.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256

from django.db import IntegrityError, transaction
from django.utils import timezone

from degreetrack.accounts.models import CLOCK
from degreetrack.applications.lifecycle import State
from degreetrack.applications.models import Application, Redue
from degreetrack.aside.services import Trying
from degreetrack.catalogue.models import Institution, Target
from degreetrack.catalogue.services import holidays, institution, targets
from degreetrack.catalogue.targets import STAGES
from degreetrack.journal.services import record
from degreetrack.kit.calendars import working_date, working_days_between
from degreetrack.kit.claiming import claim
from degreetrack.kit.remembering import remembered

CHECKING = (State.RECEIVED, State.ANSWERED)
LEASE = timedelta(minutes=5)
CHUNK = 500


@dataclass(frozen=True)
class Timetable:
    """The targets and the days that count, read once for any number of files."""

    targets: dict[tuple[str, str, bool], Target]
    closed: frozenset[date]
    weekend: frozenset[int]

    def target(self, state: str, *, kind: str, urgent: bool) -> Target | None:
        """The target of a stage: that of the kind, else that of any; none off a desk."""
        return self.targets.get((state, kind, urgent)) or self.targets.get((state, "", urgent))

    def after(self, start: date, days: int) -> date:
        """The day that is so many working days after another."""
        return working_date(start, days, holidays=self.closed, weekend=self.weekend)

    def between(self, start: date, end: date) -> int:
        """The working days after a day, up to another and with it."""
        return working_days_between(start, end, holidays=self.closed, weekend=self.weekend)

    @property
    def fingerprint(self) -> str:
        """Changes where anything in it does."""
        said = sorted(f"{row}, {row.escalate_days}" for row in self.targets.values())
        days = sorted(f"{day}" for day in self.closed)
        return sha256("\n".join([*said, *days, f"{sorted(self.weekend)}"]).encode()).hexdigest()


def timetable() -> Timetable:
    """The timetable as it is now."""
    rows = {(row.state, row.kind, row.urgent): row for row in targets()}
    return Timetable(rows, frozenset(holidays()), frozenset(institution().weekend))


@remembered
def _lately() -> Timetable:
    """The timetable for a single move, which finds it changed half a minute later at most."""
    return timetable()


def due(state: str, *, kind: str, urgent: bool, since: date, used: int, by: Timetable) -> date | None:
    """The last day of the target of a file that came to a stage on a day; None where no target runs."""
    target = by.target(state, kind=kind, urgent=urgent)
    if target is None:
        return None
    return by.after(since, max(1, target.days - used) if state in CHECKING else target.days)


def turn(application: Application, to: State, *, at: datetime, by: Timetable | None = None) -> None:
    """Stop the clock of the stage it stands in and start that of the one it goes to; called before the move.

    Whoever moves many reads the timetable once and hands it in.
    """
    by = by or _lately()
    on = timezone.localdate(at)
    if application.state in CHECKING:
        application.stage_days += by.between(timezone.localdate(application.state_since), on)
    application.due_on = _due(application, to, since=on, by=by)


def begin(application: Application, *, by: Timetable | None = None) -> None:
    """Start the clock of a file that has just come in, at the stage that it came to."""
    since = timezone.localdate(application.state_since)
    application.due_on = _due(application, State(application.state), since=since, by=by or timetable())


def _due(application: Application, state: State, *, since: date, by: Timetable) -> date | None:
    kind, urgent, used = application.kind, application.urgent, application.stage_days
    return due(state, kind=kind, urgent=urgent, since=since, used=used, by=by)


def redue_changed(*, at: datetime | None = None, lease: timedelta = LEASE) -> int:
    """Where targets or holidays have changed, let the days of all open files follow; say how many changed.

    One worker does so, in chunks that are kept as they are done: what a killed one left is gone on with.
    """
    at = at or timezone.now()
    if not Institution.objects.exists():
        return 0
    now = timetable()
    trying = Trying("redue_changed", at=at, tries=1)
    for row in Application.objects.filter(pk__in=[int(name.partition("/")[2]) for name in trying.due]):
        _follow([row], by=now, trying=trying)
    trying.end()
    if not _is_new(now, at=at):
        return 0
    if not claim(Redue.objects.filter(done=False), now=at, lease=lease, limit=1):
        return 0
    while not _chunk(now, at=at, trying=trying):
        Redue.objects.filter(done=False).update(leased_until=timezone.now() + lease)
    done = Redue.objects.latest("pk")
    return done.changed if done.done else 0


def _is_new(now: Timetable, *, at: datetime) -> bool:
    """Whether there is something to do: left over, or begun here."""
    last = Redue.objects.order_by("-pk").first()
    if last and not last.done:
        if last.fingerprint != now.fingerprint:
            # It has changed once more in the meantime: from the beginning.
            Redue.objects.filter(pk=last.pk, done=False).update(fingerprint=now.fingerprint, last_key=0)
        return True
    if last and last.fingerprint == now.fingerprint:
        return False
    try:
        with transaction.atomic():
            Redue.objects.create(fingerprint=now.fingerprint, made_at=at)
    except IntegrityError:
        return False
    return True


def _chunk(now: Timetable, *, at: datetime, trying: Trying) -> bool:
    """Do some files more; whether none is left."""
    with transaction.atomic():
        work = Redue.objects.select_for_update().filter(done=False, fingerprint=now.fingerprint).first()
        if work is None:
            return True
        at_desks = Application.objects.select_for_update(of=("self",)).filter(state__in=STAGES)
        rows = list(at_desks.filter(pk__gt=work.last_key).order_by("pk")[:CHUNK])
        work.changed += _follow(rows, by=now, trying=trying)
        work.done = len(rows) < CHUNK
        work.last_key = rows[-1].pk if rows else work.last_key
        work.save(update_fields=["changed", "done", "last_key"])
        if work.done:
            said = {"changed": work.changed, "fingerprint": work.fingerprint}
            record("targets", "redue", by=CLOCK, after=said, at=at)
            Redue.objects.filter(pk__lt=work.pk).delete()
    return work.done


def _follow(rows: Iterable[Application], *, by: Timetable, trying: Trying) -> int:
    """Write the day that each is due now, where it is another; say how many."""
    moved = []
    for row in rows:
        before = row.due_on
        trying.attempt(row.stream, begin, row, by=by)
        if row.due_on != before:
            moved.append(row)
    Application.objects.bulk_update(moved, ["due_on"])
    return len(moved)
