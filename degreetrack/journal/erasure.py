"""Take words about a person out of the journal; what they were stays proven by their fingerprints."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from degreetrack.journal.models import Entry
from degreetrack.journal.veils import erased


def erase(streams: Iterable[str]) -> int:
    """Erase every erasable value of some streams; say in how many entries. The caller journals it."""
    rows = Entry.objects.filter(stream__in=list(streams), veil__isnull=False)
    return _erase(rows.order_by("pk").iterator(1000))


def erase_of(verbs: Iterable[str], *, since: datetime | None, until: datetime) -> int:
    """The same for such entries of every stream in a time."""
    rows = Entry.objects.filter(verb__in=list(verbs), at__lt=until, veil__isnull=False)
    rows = rows.filter(at__gte=since) if since else rows
    return _erase(rows.order_by("at", "pk").iterator(1000))


def _erase(rows: Iterable[Entry]) -> int:
    number = 0
    for entry in rows:
        if any("salt" in cover for cover in (entry.veil or {}).values()):
            entry.reason, entry.data, entry.veil = erased(entry.reason, entry.data, entry.veil)
            with transaction.atomic():
                entry.save(update_fields=["reason", "data", "veil"])
            number += 1
    return number
