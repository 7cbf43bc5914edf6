"""How runs and manifests stand: lists paged by key, and counts that add up."""

from typing import Any

from django.db.models import Case, Count, F, Model, Q, QuerySet, Value, When

from degreetrack.accounts.models import Actor, User
from degreetrack.applications.lifecycle import State
from degreetrack.credentials.models import Fate
from degreetrack.issuing.models import Manifest, ManifestLine, Outcome, Run
from degreetrack.issuing.rights import seen_by

PAGE = 50


def page_before[Row: Model](rows: QuerySet[Row], before: str) -> tuple[list[Row], int | None]:
    """One page, newest first, and the key by which to ask for the next; None at the end."""
    if before.isdecimal():
        rows = rows.filter(pk__lt=int(before[:18]))
    found = list(rows.order_by("-pk")[: PAGE + 1])
    return found[:PAGE], found[PAGE - 1].pk if len(found) > PAGE else None


def runs(by: User | Actor) -> QuerySet[Run]:
    """The runs that somebody sees."""
    return seen_by(Run.objects.all(), by)


def counted(rows: list[Run]) -> list[Run]:
    """Some runs, newest first, each with how many of its lines stand how."""
    fate = "lines__blank__fate"
    printed = Q(**{fate: Fate.PRINTED})
    found = Run.objects.filter(pk__in=[run.pk for run in rows]).annotate(
        files=Count("lines"),
        to_print=Count("lines", filter=Q(**{fate: Fate.ISSUED})),
        printed=Count("lines", filter=printed),
        to_sign=Count("lines", filter=printed & Q(lines__application__state=State.PRINTED)),
    )
    return list(found.order_by("-pk"))


def with_outcome(lines: QuerySet[ManifestLine]) -> QuerySet[Any]:
    """Lines with their outcome, as the case stands now: whoever moved it, at whichever page.

    What was sent and is neither under way nor delivered under that number came back: the table
    knows no other way.
    """
    same = Q(application__courier=F("courier"), application__consignment_no=F("consignment_no"))
    delivered = same & Q(application__state=State.DELIVERED, application__handed_to="")
    return lines.annotate(
        outcome=Case(
            When(taken_off_at__isnull=False, then=Value(Outcome.TAKEN_OFF)),
            When(sent_at=None, then=Value(Outcome.WAITING)),
            When(same & Q(application__state=State.DISPATCHED), then=Value(Outcome.UNDER_WAY)),
            When(delivered, then=Value(Outcome.DELIVERED)),
            default=Value(Outcome.RETURNED),
        )
    )


def balance(manifests: list[Manifest]) -> dict[int, dict[str, int]]:
    """How many lines of each manifest have each outcome; together they are all its lines."""
    counts = {manifest.pk: dict.fromkeys(Outcome.values, 0) for manifest in manifests}
    lines = with_outcome(ManifestLine.objects.filter(manifest__in=manifests))
    for pk, outcome, number in lines.values_list("manifest", "outcome").annotate(Count("pk")).order_by():
        counts[pk][outcome] = number
    return counts
