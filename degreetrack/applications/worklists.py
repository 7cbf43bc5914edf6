"""Worklists: a page of what waits, how many there are, and the lists that somebody saved."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from degreetrack.accounts.models import User
from degreetrack.applications.filters import ALL, Filter
from degreetrack.applications.models import Application, SavedView
from degreetrack.applications.queries import AT_THE_DESK, visible_to
from degreetrack.kit.refusals import Refused

ORDER = ("-urgent", "received_at", "pk")
MOST_VIEWS = 20


@dataclass(frozen=True)
class Page:
    """Some rows of a worklist and the key by which to ask for the next."""

    rows: list[Application]
    next_key: str


def matching(
    user: User, state: str, chosen: Filter = ALL, *, at: datetime | None = None
) -> QuerySet[Application]:
    """All files of a list that this person may see and that match, in no order."""
    return chosen.narrow(visible_to(user).filter(state=state), user, at=at or timezone.now())


def listed(user: User, state: str, chosen: Filter = ALL, *, after: str = "") -> list[QuerySet[Application]]:
    """What waits in a state from a page's key on, urgent first, then oldest, in parts to be read in turn."""
    rows = matching(user, state, chosen).select_related(*AT_THE_DESK).order_by(*ORDER)
    return [rows.filter(part) for part in _beyond(after)]


def worklist(user: User, state: str, chosen: Filter = ALL, *, after: str = "", size: int = 50) -> Page:
    """One page of what waits in a state; `after` is the last page's key."""
    found: list[Application] = []
    for part in listed(user, state, chosen, after=after):
        # The second is asked only where the last of the urgent ones are on this page.
        if len(found) <= size:
            found += part[: size + 1 - len(found)]
    if len(found) <= size:
        return Page(found, "")
    last = found[size - 1]
    return Page(found[:size], f"{int(last.urgent)}_{last.received_at.isoformat()}_{last.pk}")


def _beyond(key: str) -> list[Q]:
    """The rows after a key, the urgent ones by themselves; a key that is none gives the first page.

    Asked for together the index would be read from its beginning, past all pages before.
    """
    try:
        urgent, received, pk = key.split("_")
        at = datetime.fromisoformat(received).astimezone(UTC)
        # The bound says nothing new, but lets the index begin at the key.
        later = Q(received_at__gte=at) & (Q(received_at__gt=at) | Q(pk__gt=int(pk)))
    except (ValueError, OverflowError):
        return [Q()]
    match urgent:
        case "1":
            return [Q(urgent=True) & later, Q(urgent=False)]
        case "0":
            return [Q(urgent=False) & later]
        case _unknown:
            return [Q()]


@dataclass(frozen=True)
class Total:
    """How many a list has; where `many`, more than that."""

    number: int
    many: bool

    def __str__(self) -> str:
        return f"{self.number:,}+" if self.many else f"{self.number:,}"


def totals(user: User, lists: Mapping[str, tuple[str, Filter]]) -> dict[str, Total]:
    """How many each list, a state and a filter, has; counted no further than needed, all in one statement."""
    names: list[str] = []
    parts: list[str] = []
    given: list[Any] = []
    for name, (state, chosen) in lists.items():
        rows = matching(user, state, chosen).order_by().values("pk")
        try:
            sql, values = rows[: chosen.counted + 1].query.sql_with_params()
        except EmptyResultSet:
            continue
        parts.append(f"SELECT {len(names)}, COUNT(*) FROM ({sql}) AS found")  # noqa: S608 - Django's own SQL  # nosec B608
        names.append(name)
        given += values
    found = dict.fromkeys(lists, Total(0, False))
    if parts:
        with connection.cursor() as cursor:
            cursor.execute(" UNION ALL ".join(parts), given)
            for place, number in cursor.fetchall():
                most = lists[names[place]][1].counted
                found[names[place]] = Total(min(number, most), number > most)
    return found


def views_of(user: User) -> list[SavedView]:
    """The lists that somebody saved, by name."""
    return list(SavedView.objects.filter(user=user))


def save_view(user: User, *, name: str, state: str, query: str) -> SavedView:
    """Keep a narrowed list under a name; the same name once more replaces it."""
    name = " ".join(name.split())
    if not 1 <= len(name) <= 60:
        raise Refused(_("Give the view a name of 1 to 60 letters."))
    known = SavedView.objects.filter(user=user)
    if known.exclude(name=name).count() >= MOST_VIEWS:
        raise Refused(_("You have %(most)s saved views; delete one first.") % {"most": MOST_VIEWS})
    kept = {"state": state, "query": query[:500]}
    return SavedView.objects.update_or_create(user=user, name=name, defaults=kept)[0]


def delete_view(user: User, pk: int) -> None:
    """Forget one of somebody's own saved lists."""
    SavedView.objects.filter(user=user, pk=pk).delete()
