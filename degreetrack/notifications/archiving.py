"""Old notices: what became of each goes into a month's file, its words and its address go for good."""

from collections.abc import Iterator
from datetime import date, datetime
from itertools import batched
from typing import Any

from django.db.models import Q
from django.utils import timezone

from degreetrack.journal import archives
from degreetrack.notifications.models import OPEN, Notice

BATCH = 1000
KEPT = (
    "id", "stream", "template", "channel", "language", "fate", "permanent", "attempts", "queued_at",
    "sent_at", "ended_at",
)  # fmt: skip


def archive_month(*, before: date, at: datetime | None = None) -> archives.Archive | None:
    """Archive the notices of the oldest month that ended before a day; None where there is none."""
    at = at or timezone.now()
    follows = archives.newest("notices")
    archive = archives.unfinished("notices") or _written(before, follows, at)
    if archive:
        for lines in batched(archives.lines_of(archive), BATCH):
            Notice.objects.filter(pk__in=[line["id"] for line in lines]).delete()
        archives.emptied(archive, at=at)
    return archive


def _written(before: date, follows: int, at: datetime) -> archives.Archive | None:
    oldest = Notice.objects.exclude(fate__in=OPEN).order_by("queued_at").first()
    if oldest is None:
        return None
    month = timezone.localdate(oldest.queued_at).replace(day=1)
    _begin, after = archives.ends_of(month)
    if timezone.localdate(after) > before:
        return None
    return archives.keep("notices", month, _lines(oldest.queued_at, after), follows=follows, at=at)


def _lines(since: datetime, until: datetime) -> Iterator[dict[str, Any]]:
    """By key, so that no transaction stays open while a month is written."""
    ended = Notice.objects.exclude(fate__in=OPEN).order_by("queued_at", "pk")
    last = 0
    while True:
        # The first condition is the index's; the second drops those of the same moment already told.
        rows = ended.filter(queued_at__gte=since, queued_at__lt=until)
        page = list(rows.filter(Q(queued_at__gt=since) | Q(pk__gt=last)).values(*KEPT)[:BATCH])
        if not page:
            return
        yield from ({name: _plain(value) for name, value in row.items()} for row in page)
        since, last = page[-1]["queued_at"], page[-1]["id"]


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value
