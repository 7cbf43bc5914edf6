"""When it will be done: what cases in each stage took of late, and what that makes of one case."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from itertools import batched, groupby
from operator import attrgetter
from typing import Protocol

from django.db import transaction
from django.utils import timezone

from degreetrack.applications.life_tables import LifeTable
from degreetrack.applications.lifecycle import GROUPS, Group, State
from degreetrack.applications.models import Application, Forecast, ForecastDay
from degreetrack.aside.services import Trying
from degreetrack.catalogue.services import holidays, institution
from degreetrack.journal.services import Moved, moves_between
from degreetrack.kit.calendars import limit_date
from degreetrack.kit.claiming import claim
from degreetrack.kit.remembering import remembered

WINDOW = timedelta(days=90)
# A stay that began earlier is not seen; one that long says nothing of today's pace.
LOOK_BACK = timedelta(days=365)
LEASE = timedelta(minutes=30)
# A stay that began so many days earlier weighs half: backlogs grow and shrink faster than 90 days.
HALF_LIFE = 21
FEWEST = 20
EARLY, LATE = 0.50, 0.85
IN_PROCESS = tuple(state for state, group in GROUPS.items() if group is Group.IN_PROCESS)
DONE = (State.DISPATCHED, State.DELIVERED)
LEFT = (State.RETURNED, State.REJECTED, State.WITHDRAWN)

type Key = tuple[str, bool, str]


@dataclass(frozen=True)
class Stay:
    """From the day a case entered a stage to the day it was done or left undone; no end while it is open."""

    state: State
    entered: date
    ended: date | None
    done: bool


def stays_of(moves: Iterable[tuple[datetime, State]]) -> Iterator[Stay]:
    """Every stay of one case, newest first, from its moves, oldest first."""
    ended, done = None, False
    for at, state in reversed(list(moves)):
        day = timezone.localdate(at)
        if state in DONE or state in LEFT:
            ended, done = day, state in DONE
        elif state in IN_PROCESS:
            yield Stay(state, day, ended, done)


def refresh_forecasts(*, at: datetime) -> int:
    """Compute every forecast from the 90 days before that of `at` and replace all at once; say how many.

    Counting only cases that entered and finished in the window misses those still waiting; counting all
    that finished tells of the past's backlog. So every stay open on any day of the window counts, on just
    the days it was seen there (Kaplan-Meier with delayed entry), and what began of late weighs more.
    Days with the applicant count too: who waits for a date waits through them. What is returned, rejected
    or withdrawn leaves the count undone. Of the ways tried this is the best calibrated where backlogs
    grow and as good where they stand; where the season turns, others do better: docs/performance.md.
    """
    trying = Trying("refresh_daily", at=at, tries=1)
    rows = [
        Forecast(kind=kind, urgent=urgent, state=state, cases=table.cases, early=early, late=late)
        for (kind, urgent, state), table in _tables(timezone.localdate(at), trying).items()
        if table.cases >= FEWEST
        and (early := table.day_by_which(EARLY)) is not None
        and (late := table.day_by_which(LATE)) is not None
    ]
    with transaction.atomic():
        Forecast.objects.all().delete()
        Forecast.objects.bulk_create(rows)
    return len(rows)


def _tables(today: date, trying: Trying) -> dict[Key, LifeTable]:
    tables: defaultdict[Key, LifeTable] = defaultdict(LifeTable)
    opens = today - WINDOW
    for kind, urgent, stay in _stays(today - LOOK_BACK, today, trying):
        last = today - timedelta(days=1) if stay.ended is None else stay.ended
        if last < opens:
            continue
        first = max(opens, stay.entered)
        tables[kind, urgent, stay.state].add(
            (first - stay.entered).days,
            (last - stay.entered).days,
            done=stay.done,
            weight=0.5 ** ((today - stay.entered).days / HALF_LIFE),
        )
    return tables


def _stays(since: date, until: date, trying: Trying) -> Iterator[tuple[str, bool, Stay]]:
    """The stays begun between two midnights, each with its case's kind and urgency."""
    midnights = [timezone.make_aware(datetime.combine(day, time())) for day in (since, until)]
    moves, resting = moves_between(*midnights, of="application"), trying.resting
    cases = ((stream, list(of_case)) for stream, of_case in groupby(moves, key=attrgetter("stream")))
    for some in batched(cases, 500):
        numbers = {stream: int(stream.partition("/")[2]) for stream, _moves in some}
        found = Application.objects.filter(pk__in=numbers.values()).values_list("pk", "kind", "urgent")
        known = {pk: (kind, urgent) for pk, kind, urgent in found}
        for stream, of_case in some:
            if numbers[stream] in known and stream not in resting:
                kind, urgent = known[numbers[stream]]
                stays = trying.attempt(stream, _stays_of, of_case)
                for stay in stays or []:
                    yield kind, urgent, stay


def _stays_of(moves: Iterable[Moved]) -> list[Stay]:
    return list(stays_of(_real(moves)))


def _real(moves: Iterable[Moved]) -> Iterator[tuple[datetime, State]]:
    """The moves made here; what was taken over from elsewhere had been under way before it was seen."""
    return ((move.at, State(move.state)) for move in moves if move.verb != "adopt")


def refresh_daily(*, at: datetime | None = None) -> int:
    """Refresh once a day, by one worker however many ask; say how many forecasts were made."""
    at = at or timezone.now()
    today, _new = ForecastDay.objects.get_or_create(day=timezone.localdate(at))
    if today.done or not claim(
        ForecastDay.objects.filter(day=today.day, done=False), now=at, lease=LEASE, limit=1
    ):
        return 0
    made = refresh_forecasts(at=at)
    ForecastDay.objects.filter(day=today.day).update(done=True)
    ForecastDay.objects.filter(day__lt=today.day).delete()
    return made


@dataclass(frozen=True)
class Expected:
    """Between which days a case is to be done, and from when to enquire; no range once it is past."""

    early: date | None
    late: date | None
    enquire_from: date


@remembered
def _known() -> dict[tuple[str, bool, str], tuple[int, int]]:
    """Every forecast: by kind, urgency and stage the early and the late number of days."""
    rows = Forecast.objects.values_list("kind", "urgent", "state", "early", "late")
    return {(kind, urgent, state): (early, late) for kind, urgent, state, early, late in rows}


@remembered
def closed_days() -> tuple[frozenset[date], tuple[int, ...]]:
    """The holidays and the days of rest."""
    return frozenset(holidays()), tuple(institution().weekend)


class Staged(Protocol):
    """What a forecast reads of an application."""

    @property
    def kind(self) -> str: ...
    @property
    def urgent(self) -> bool: ...
    @property
    def state(self) -> str: ...
    @property
    def state_since(self) -> datetime: ...


def expected(application: Staged, *, at: datetime) -> Expected | None:
    """What cases that stood there took, counted from the day this one came there; None where not known."""
    found = _known().get((application.kind, application.urgent, application.state))
    if found is None:
        return None
    zone = timezone.get_default_timezone()
    since, today = application.state_since.astimezone(zone).date(), at.astimezone(zone).date()
    return _told(since, *found, today, *closed_days())


@lru_cache(maxsize=10_000)
def _told(
    since: date,
    early_days: int,
    late_days: int,
    today: date,
    closed: frozenset[date],
    weekend: tuple[int, ...],
) -> Expected:
    late = limit_date(since, late_days, holidays=closed, weekend=weekend)
    enquire_from = late + timedelta(days=1)
    if late < today:
        return Expected(None, None, enquire_from)
    early = max(since + timedelta(days=early_days), today)
    return Expected(limit_date(early, 0, holidays=closed, weekend=weekend), late, enquire_from)


def usual_times() -> dict[tuple[str, bool], tuple[int, int]]:
    """By kind and urgency: the days from receipt in which half and 85 of 100 are done."""
    rows = Forecast.objects.filter(state=State.RECEIVED).values_list("kind", "urgent", "early", "late")
    return {(kind, urgent): (early, late) for kind, urgent, early, late in rows}


def usual(kind: str, urgent: bool) -> tuple[int, int] | None:
    """The usual days from receipt for somebody who has not applied yet."""
    return usual_times().get((kind, urgent))
