"""Changes of state in the order in which they were written down, for whoever keeps sums of them."""

from collections.abc import Iterable
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from typing import Any, NamedTuple

from django.db.models import QuerySet
from django.db.models.fields.json import KT

from degreetrack.journal.models import Entry, Seal


class Told(NamedTuple):
    """A change of state with who made it and what was noted with it."""

    pk: int
    stream: str
    verb: str
    at: datetime
    actor_id: int | None
    after: dict[str, Any]


class Stretch(NamedTuple):
    """What was written between two entries: how many moves, and the whole history of each stream in it."""

    upto: int
    until: datetime
    moves: int
    histories: list[list[Told]]


def moves_after(pk: int, *, of: str, most: int) -> Stretch | None:
    """The next moves of such streams ("application") after an entry; None where all is read.

    Reads as far as the newest seal. On PostgreSQL numbers are drawn before commit, so that an entry may
    appear below one that is there already; below a seal none can any more (see `seal_new`).
    """
    seal = Seal.objects.order_by("-pk").first()
    if seal is None or seal.last_entry <= pk:
        return None
    new = _moves(of).filter(pk__gt=pk, pk__lte=seal.last_entry).order_by("pk")
    rows = list(new.values_list("pk", "stream", "at")[:most])
    upto, until = (rows[-1][0], rows[-1][2]) if len(rows) == most else (seal.last_entry, seal.at)
    streams = {stream for _pk, stream, _at in rows}
    return Stretch(upto, until, len(rows), list(_histories(streams, of=of, upto=upto)))


def _moves(of: str) -> QuerySet[Entry]:
    told = Entry.objects.filter(stream__startswith=f"{of}/").annotate(state=KT("data__after__state"))
    return told.filter(state__isnull=False)


def _histories(streams: set[str], *, of: str, upto: int) -> Iterable[list[Told]]:
    rows = _moves(of).filter(stream__in=streams, pk__lte=upto).order_by("stream", "sequence")
    told = (
        Told(pk, stream, verb, at, actor_id, data["after"])
        for pk, stream, verb, at, actor_id, data in rows.values_list(
            "pk", "stream", "verb", "at", "actor_id", "data"
        ).iterator(2000)
    )
    return (list(history) for _stream, history in groupby(told, key=attrgetter("stream")))
