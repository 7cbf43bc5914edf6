"""What a closed case holds of a person beyond the register: contacts, words, papers, bearers."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from degreetrack.accounts.models import Actor
from degreetrack.applications.lifecycle import ENDED
from degreetrack.applications.models import Application, Bearer, Draft, Message, Objection
from degreetrack.documents.forgetting import forget as forget_papers
from degreetrack.journal.services import record
from degreetrack.records.models import Student

ARCHIVIST = Actor("archivist")
# What a closed case needs no more; who received the document stays, as its proof.
BLANKS = {"mobile": "", "email": "", "address": "", "correction": ""}
_HOLDS = ~Q(mobile="") | ~Q(email="") | ~Q(address="") | ~Q(correction="")


def forget(case: Application, *, by: Actor | None = None, at: datetime) -> None:
    """Blank a closed case, and say in the journal that it was done."""
    with transaction.atomic():
        Application.objects.filter(pk=case.pk).update(**BLANKS)
        said = {
            "messages": Message.objects.filter(application=case).exclude(text="").update(text=""),
            "answers": Objection.objects.filter(application=case).exclude(answer="").update(answer=""),
            "bearers": Bearer.objects.filter(application=case).exclude(cnic="").update(name="", cnic=""),
        }
        Draft.objects.filter(application=case).update(address="", correction="")
        record(case.stream, "forgotten", by=by or ARCHIVIST, after=said, at=at)


def forget_closed(*, since: datetime | None, until: datetime, at: datetime, most: int = 1000) -> int:
    """Forget cases closed in a time, oldest first, and the papers of whoever has no newer one."""
    closed = Application.objects.filter(_HOLDS, state__in=ENDED, state_since__lt=until)
    closed = closed.filter(state_since__gte=since) if since else closed
    cases = list(closed.select_related("result__student").order_by("state_since", "pk")[:most])
    for case in cases:
        forget(case, at=at)
    forget_papers(_done_with({case.result.student for case in cases}, until), by=ARCHIVIST, at=at)
    return len(cases)


def _done_with(students: set[Student], until: datetime) -> Iterable[Student]:
    """Those without an open case or draft, or one closed not long ago."""
    busy = set(
        Draft.objects.filter(student__in=students, application=None, discarded_at=None).values_list("student")
    )
    newer = Application.objects.filter(result__student__in=students).exclude(
        state__in=ENDED, state_since__lt=until
    )
    busy |= set(newer.values_list("result__student"))
    return sorted((one for one in students if (one.pk,) not in busy), key=lambda one: one.pk)


def forget_drafts(*, until: datetime, at: datetime, most: int = 1000) -> int:
    """Discard drafts that nobody went on with, and blank what was written in them."""
    old = Draft.objects.filter(application=None, made_at__lt=until).exclude(address="", correction="")
    rows = list(old.filter(Q(sent_at=None) | Q(discarded_at__isnull=False)).order_by("pk")[:most])
    for row in rows:
        with transaction.atomic():
            Draft.objects.filter(pk=row.pk, discarded_at=None).update(discarded_at=at)
            Draft.objects.filter(pk=row.pk).update(address="", correction="")
            record(row.stream, "forgotten", by=ARCHIVIST, at=at)
    return len(rows)
