"""Which files wait to be printed or sent: urgent first, then oldest, and nobody else's."""

from collections.abc import Iterable
from datetime import datetime

from django.db import connection
from django.db.models import Q, QuerySet

from degreetrack.accounts.models import Actor, User
from degreetrack.applications.lifecycle import State
from degreetrack.applications.models import Application, Delivery
from degreetrack.applications.queries import visible_to
from degreetrack.issuing.models import ManifestLine, RunLine
from degreetrack.journal.services import latest

ORDER = ("-urgent", "received_at", "pk")
SENT_BY = (Delivery.POST, Delivery.COURIER)
# So many that came back are looked through for those whose owner confirmed the address.
_MOST_CAME_BACK = 2000


def to_print(kind: str, *, by: User | Actor, at: datetime) -> QuerySet[Application]:
    """Approved files of a kind that are in no open run and in nobody else's hands."""
    free = _free(visible_to(by).filter(state=State.APPROVED, kind=kind), by, at)
    return free.exclude(pk__in=RunLine.objects.filter(ended_at=None).values("application"))


def to_send(ways: Iterable[str], *, by: User | Actor, at: datetime) -> QuerySet[Application]:
    """What is signed, or came back and has its address confirmed, and is to be sent by such a way."""
    files = visible_to(by).filter(delivery__in=[way for way in ways if way in SENT_BY]).exclude(address="")
    ready = Q(state=State.SIGNED) | Q(pk__in=_confirmed(files))
    waiting = ManifestLine.objects.filter(sent_at=None, taken_off_at=None)
    return _free(files.filter(ready), by, at).exclude(pk__in=waiting.values("application"))


def without_address(by: User | Actor) -> int:
    """How many signed documents cannot be sent, for nobody knows where."""
    return visible_to(by).filter(state=State.SIGNED, delivery__in=SENT_BY, address="").count()


def held(files: QuerySet[Application], number: int) -> list[Application]:
    """The first so many, held until the transaction ends; what somebody moves just now is left out."""
    if connection.features.has_select_for_update_skip_locked:
        files = files.select_for_update(of=("self",), skip_locked=True)
    return list(files.order_by(*ORDER)[:number])


def _free(files: QuerySet[Application], by: User | Actor, at: datetime) -> QuerySet[Application]:
    held_now = Q(hold__until__gt=at)
    return files.exclude(held_now & ~Q(hold__user=by.pk)) if by.pk else files.exclude(held_now)


def _confirmed(files: QuerySet[Application]) -> list[int]:
    """Those whose owner confirmed or changed the address since it came back."""
    came_back = files.filter(state=State.UNDELIVERED).order_by(*ORDER).values_list("pk", flat=True)
    pks = list(came_back[:_MOST_CAME_BACK])
    said = latest([f"application/{pk}" for pk in pks], ["address", "come_back"])
    return [
        pk
        for pk in pks
        if said.get((f"application/{pk}", "address"), 0) > said.get((f"application/{pk}", "come_back"), 0)
    ]
