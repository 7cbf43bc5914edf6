"""After a breach: whose data an account saw, and everybody signed out at once."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import NamedTuple

from django.contrib.sessions.models import Session
from django.db import transaction
from django.utils import timezone

from degreetrack.accounts.models import Actor, StaffSession, User
from degreetrack.applicants.contacts import contact_of, stream
from degreetrack.applicants.models import ApplicantSession
from degreetrack.applications.models import Application, Draft
from degreetrack.catalogue.services import institution
from degreetrack.journal.audit import looks_of
from degreetrack.journal.services import record
from degreetrack.notifications.models import Notice, Priority
from degreetrack.notifications.services import queue
from degreetrack.records.models import Student

SECURITY = Actor("security")


class Seen(NamedTuple):
    """One person whose data an account looked at or changed: when first, when last, how often."""

    student: Student
    first: datetime
    last: datetime
    times: int


def seen_by(user: User, *, since: datetime, until: datetime) -> Iterator[Seen]:
    """Everybody whose case, record or paper an account opened in a time, by number of registration."""
    looks: dict[int, list[datetime]] = {}
    for name, at in looks_of(user.pk, since=since, until=until):
        student = _student_of(name)
        if student:
            looks.setdefault(student, []).append(at)
    for row in Student.objects.filter(pk__in=looks).order_by("registration_no"):
        yield Seen(row, min(looks[row.pk]), max(looks[row.pk]), len(looks[row.pk]))


def _student_of(name: str) -> int | None:
    kind, _slash, number = name.partition("/")
    if not number.isdigit():
        return None
    if kind == "application":
        return Application.objects.filter(pk=number).values_list("result__student", flat=True).first()
    if kind == "draft":
        return Draft.objects.filter(pk=number).values_list("student", flat=True).first()
    return int(number) if kind == "student" else None


def tell(seen: Iterable[Seen], *, since: datetime, at: datetime | None = None) -> int:
    """Queue a notice to each, wish for no news or not, once for one breach; say to how many."""
    at, told = at or timezone.now(), 0
    for student in (one.student for one in seen):
        mine = Notice.objects.filter(template="breach", stream=stream(student), queued_at__gte=since)
        if mine.exists():
            continue
        newest = Application.objects.filter(result__student=student).order_by("-received_at").first()
        contact, language = contact_of(student), newest.language if newest else "en"
        queued = queue(
            "breach",
            stream=stream(student),
            email=contact.email,
            mobile=contact.mobile,
            language=language,
            context={
                "name": student.name_ur if language == "ur" else student.name_en,
                "institution": institution().short_name,
                "help_phone": institution().help_phone,
            },
            priority=Priority.AT_ONCE,
            at=at,
        )
        told += bool(queued)
    return told


def end_all_sessions(*, by: Actor = SECURITY, reason: str) -> int:
    """Sign everybody out, staff and applicants; say how many sessions ended."""
    with transaction.atomic():
        ended = Session.objects.all().delete()[0]
        StaffSession.objects.all().delete()
        ApplicantSession.objects.all().delete()
        record("security", "everybody_signed_out", by=by, reason=reason, after={"sessions": ended})
    return ended
