"""Papers whose time is over: their files go, that they were given stays."""

from collections.abc import Iterable
from datetime import datetime
from functools import partial

from django.db import transaction

from degreetrack.documents.models import Document, Page, store
from degreetrack.journal.services import ByWhom, record
from degreetrack.records.models import Student


def forget(students: Iterable[Student], *, by: ByWhom, at: datetime) -> int:
    """Delete the files of all papers of some students; say how many. Rows go first: a file alone is swept."""
    names: list[str] = []
    with transaction.atomic():
        for student in students:
            pages = Page.objects.filter(document__student=student)
            mine = list(pages.values_list("file", flat=True))
            if mine:
                papers = sorted(set(pages.order_by().values_list("document", flat=True)))
                pages.delete()
                Document.objects.filter(pk__in=papers, removed_at=None).update(removed_at=at)
                record(f"student/{student.pk}", "forget_papers", by=by, after={"documents": papers}, at=at)
                names += mine
        for name in names:
            transaction.on_commit(partial(store().delete, name))
    return len(names)
