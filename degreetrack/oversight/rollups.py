"""Count what happened into the sums that pages read: each move once, however many workers count."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, time, timedelta
from itertools import batched
from typing import Any

from django.db import connection, models, transaction
from django.db.models import Case, Count, Min, Value, When
from django.utils import timezone
from django.utils.translation import gettext as _

from degreetrack.applications.lifecycle import ENDED
from degreetrack.applications.models import Application
from degreetrack.aside.services import Trying
from degreetrack.journal.archives import last_archived
from degreetrack.journal.moves import moves_after
from degreetrack.kit.refusals import Refused
from degreetrack.oversight.rollup_models import (
    EVERYWHERE,
    BacklogFigure,
    Counted,
    MoveFigure,
    ObjectionFigure,
    StayFigure,
)
from degreetrack.oversight.stages import BANDS
from degreetrack.oversight.tallies import Tally

MOST = 5000
EVERY = timedelta(minutes=3)
_ADD = (
    "INSERT INTO {table} ({columns}) VALUES {rows} ON CONFLICT ({keys}) DO UPDATE SET "
    "n = {table}.n + excluded.n"
)


def refresh_figures(
    *,
    at: datetime | None = None,
    most: int = MOST,
    rounds: int | None = 20,
    progress: Callable[[int], None] = lambda moves: None,
) -> int:
    """Count what is new and the backlog, where it is time; say how many moves were counted.

    A worker counts only so many rounds before its other work; what is left waits for the next time.
    """
    counted = done = 0
    while rounds is None or done < rounds:
        moves = count_moves(most=most)
        if moves is None:
            break
        counted, done = counted + moves, done + 1
        progress(moves)
    refresh_backlog(at=at or timezone.now())
    return counted


def count_moves(*, most: int = MOST) -> int | None:
    """Count the next moves and note how far it came, together or not at all; None where nothing is left."""
    trying = Trying("refresh_figures", tries=1)
    if trying.due:
        # Some of their moves may be in the sums already: only counting anew is sure to be right.
        start_over()
        trying.end()
    with transaction.atomic():
        counted = _mine("moves")
        stretch = counted and moves_after(counted.upto, of="application", most=most)
        if not counted or not stretch:
            return None
        tally = Tally.of(stretch.histories, after=counted.upto, trying=trying)
        _add_up(MoveFigure, tally.moves, also=("unobjected", tally.unobjected))
        _add_up(StayFigure, tally.stays)
        _add_up(ObjectionFigure, tally.objections)
        counted.upto, counted.at = stretch.upto, stretch.until
        counted.save()
    return stretch.moves


def start_over() -> None:
    """Forget what was counted, so that all of it is counted again; the journal must be there whole."""
    if last_archived():
        raise Refused(_("Old months of the journal are archived: figures cannot be counted anew."))
    with transaction.atomic():
        Counted.objects.get_or_create(what="moves")
        counted = Counted.objects.select_for_update().get(what="moves")
        for figures in (MoveFigure, StayFigure, ObjectionFigure):
            figures.objects.all().delete()
        counted.upto, counted.at = 0, None
        counted.save()
        Counted.objects.filter(what="backlog").update(at=None)


def refresh_backlog(*, at: datetime) -> bool:
    """Count what is open, by state and age, unless that was done a moment ago; say whether it was done."""
    with transaction.atomic():
        counted = _mine("backlog")
        if not counted or (counted.at and at - EVERY < counted.at <= at):
            return False
        rows = list(_backlog(at))
        BacklogFigure.objects.all().delete()
        BacklogFigure.objects.bulk_create(rows, batch_size=500)
        counted.at = at
        counted.save()
    return True


def _mine(what: str) -> Counted | None:
    """The row that only one counts under; None while another has it."""
    Counted.objects.get_or_create(what=what)
    skip = connection.features.has_select_for_update_skip_locked
    return Counted.objects.select_for_update(skip_locked=skip).filter(what=what).first()


def _backlog(at: datetime) -> Iterable[BacklogFigure]:
    today = timezone.localdate(at)
    ages = [
        When(
            state_since__gte=timezone.make_aware(datetime.combine(today - timedelta(days=days), time())),
            then=Value(band),
        )
        for band, days in enumerate(BANDS)
    ]
    band = Case(*ages, default=Value(len(BANDS)), output_field=models.SmallIntegerField())
    groups = Application.objects.exclude(state__in=ENDED).values_list("office", "kind", "state", "urgent")
    number: Counter[tuple] = Counter()
    oldest: dict[tuple, datetime] = {}
    for office, *rest, n, first in groups.annotate(band=band, n=Count("pk"), first=Min("state_since")):
        for place in (office, EVERYWHERE):
            key = (place, *rest)
            number[key] += n
            oldest[key] = min(first, oldest.get(key, first))
    for key, n in number.items():
        office, kind, state, urgent, its_band = key
        yield BacklogFigure(
            office=office, kind=kind, state=state, urgent=urgent, band=its_band, n=n, oldest=oldest[key]
        )


def _add_up(
    figures: type[models.Model],
    sums: Mapping[tuple, int],
    *,
    also: tuple[str, Mapping[tuple, int]] | None = None,
) -> None:
    """Add to the rows of these keys, given in the order of the model's constraint; make those not there."""
    keys = list(figures._meta.constraints[0].fields)  # type: ignore[attr-defined]
    columns, statement, as_day = [*keys, "n"], _ADD, connection.ops.adapt_datefield_value
    if also:
        columns.append(also[0])
        statement += f", {also[0]} = {{table}}.{also[0]} + excluded.{also[0]}"
    row = f"({', '.join(['%s'] * len(columns))})"
    told = {"table": figures._meta.db_table, "columns": ", ".join(columns), "keys": ", ".join(keys)}
    for some in batched(sorted(sums), 500):
        values: list[Any] = []
        for key in some:
            values += [as_day(part) if isinstance(part, date) else part for part in key]
            values += [sums[key], also[1][key]] if also else [sums[key]]
        with connection.cursor() as cursor:
            cursor.execute(statement.format(rows=", ".join([row] * len(some)), **told), values)
