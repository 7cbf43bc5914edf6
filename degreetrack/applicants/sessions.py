"""Applicants' signed-in browsers: many share a phone, so one that is left alone ends soon."""

from datetime import datetime, timedelta

from django.contrib.sessions.backends.db import SessionStore
from django.db.models import QuerySet
from django.utils import timezone

from degreetrack.applicants.models import ApplicantSession
from degreetrack.records.models import Student

IDLE = timedelta(minutes=20)
# A page within this time of the last is not written down.
ROUGHLY = timedelta(minutes=1)


def opened(student: Student, *, session_key: str, browser: str) -> ApplicantSession:
    """Remember a browser that has just signed in, and forget those that were left alone."""
    now = timezone.now()
    for key in _of_all(student).filter(seen_at__lte=now - IDLE).values_list("session_key", flat=True):
        end(key)
    return ApplicantSession.objects.create(
        student=student, session_key=session_key, browser=browser, since=now, seen_at=now
    )


def of(student: Student) -> QuerySet[ApplicantSession]:
    """Where a student is signed in now, newest first."""
    return _of_all(student).filter(seen_at__gt=timezone.now() - IDLE)


def _of_all(student: Student) -> QuerySet[ApplicantSession]:
    return ApplicantSession.objects.filter(student=student)


def current(session_key: str | None, *, now: datetime | None = None) -> ApplicantSession | None:
    """The session of this browser; None where there is none, or it was left alone too long."""
    if not session_key:
        return None
    now = now or timezone.now()
    row = ApplicantSession.objects.filter(session_key=session_key).select_related("student").first()
    if row is None:
        return None
    if row.seen_at <= now - IDLE:
        end(session_key)
        return None
    if row.seen_at <= now - ROUGHLY:
        row.seen_at = now
        row.save(update_fields=["seen_at"])
    return row


def end(session_key: str) -> None:
    """End one session, wherever its browser is."""
    SessionStore(session_key).delete()
    ApplicantSession.objects.filter(session_key=session_key).delete()
