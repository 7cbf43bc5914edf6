"""One person: found by a number, all that is kept of them, and its erasure."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from degreetrack.accounts.models import User
from degreetrack.applicants import sessions
from degreetrack.applicants.contacts import student_of
from degreetrack.applicants.models import ApplicantSession, ContactClaim, SignInCode
from degreetrack.applications.lifecycle import ENDED
from degreetrack.applications.models import Application, Draft
from degreetrack.documents.forgetting import forget as forget_papers
from degreetrack.documents.models import Upload
from degreetrack.fees.models import Challan
from degreetrack.journal.erasure import erase as erase_words
from degreetrack.journal.services import record
from degreetrack.keeping import cases
from degreetrack.kit.cnics import to_cnic
from degreetrack.kit.refusals import Refused
from degreetrack.notifications.models import OPEN, Address, Incoming, Notice, Part
from degreetrack.records.models import Student


def found(number: str) -> Student:
    """The person of a registration number, roll number or CNIC; Refused where there is not exactly one."""
    cnic = to_cnic(number)
    rows = list(Student.objects.filter(cnic=cnic)[:2]) if cnic else []
    one = rows[0] if len(rows) == 1 else None if rows else student_of(number)
    if one is None:
        raise Refused(_("Nobody, or more than one person, is known by this number."))
    return one


def streams_of(student: Student) -> list[str]:
    """Every chain of the journal that tells of a person."""
    cases_of = Application.objects.filter(result__student=student).order_by("pk")
    drafts = Draft.objects.filter(student=student).order_by("pk")
    return [f"student/{student.pk}", *(row.stream for row in cases_of), *(row.stream for row in drafts)]


def erase(student: Student, *, by: User, reason: str, at: datetime | None = None) -> dict[str, int]:
    """Erase what need not be kept, and say how much; the register of results and degrees stays.

    Refused while something is under way. The journal tells that it was done, and by whom; its chains are
    as whole as before.
    """
    at, reason = at or timezone.now(), " ".join(reason.split())
    if len(reason) < 3:
        raise Refused(_("Write why: who asked for it, and on which paper."))
    with transaction.atomic():
        student = Student.objects.select_for_update().get(pk=student.pk)
        _check_nothing_is_under_way(student)
        streams = streams_of(student)
        for key in ApplicantSession.objects.filter(student=student).values_list("session_key", flat=True):
            sessions.end(key)
        told = {
            "papers": forget_papers([student], by=by, at=at),
            "notices": _notices(student, streams),
            "contacts": ContactClaim.objects.filter(student=student).delete()[0],
            "codes": SignInCode.objects.filter(student=student).delete()[0],
            "uploads": Upload.objects.filter(student=student).delete()[0],
        }
        for case in Application.objects.filter(result__student=student):
            cases.forget(case, by=by, at=at)  # type: ignore[arg-type]
        Application.objects.filter(result__student=student).update(closing_reason="")
        Draft.objects.filter(student=student, application=None, discarded_at=None).update(discarded_at=at)
        Draft.objects.filter(student=student).update(address="", correction="")
        Student.objects.filter(pk=student.pk).update(cnic="", mobile="", email="", date_of_birth=None)
        told["entries"] = erase_words(streams)
        record(streams[0], "erased", by=by, reason=reason, after=told, at=at)
    return told


def _check_nothing_is_under_way(student: Student) -> None:
    if Application.objects.filter(result__student=student).exclude(state__in=ENDED).exists():
        raise Refused(_("A case of this person is open: finish or withdraw it first."))
    if Challan.objects.filter(student=student, settled_at=None, cancelled_at=None).exists():
        raise Refused(_("A challan of this person is open: settle or discard it first."))


def _notices(student: Student, streams: list[str]) -> int:
    """Blank what was sent, and what is known of addresses that nobody else has."""
    mine = Notice.objects.filter(stream__in=streams).exclude(fate__in=OPEN)
    used = {student.mobile, student.email} | set(mine.values_list("to", flat=True))
    used |= {to for row in ContactClaim.objects.filter(student=student) for to in (row.mobile, row.email)}
    others = Student.objects.exclude(pk=student.pk)
    shared = set(others.filter(mobile__in=used).values_list("mobile", flat=True))
    shared |= set(others.filter(email__in=used).values_list("email", flat=True))
    Address.objects.filter(to__in=used - shared - {""}).delete()
    Incoming.objects.filter(sender__in=used - shared - {""}).delete()
    Part.objects.filter(notice__in=mine).update(to="", problem="")
    return mine.update(to="", subject="", body="", problem="", provider_id="")
