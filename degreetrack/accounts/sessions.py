"""Signed-in browsers: opened at sign-in, listed to their owner, ended one by one or all at once."""

from datetime import datetime

from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from degreetrack.accounts.models import StaffSession, User

LASTING_SECONDS = 30 * 24 * 60 * 60


def opened(user: User, *, session_key: str, browser: str, lasting: bool) -> StaffSession:
    """Remember a browser that has just signed in, and forget those whose time is over."""
    StaffSession.objects.filter(user=user).exclude(pk__in=of(user).values("pk")).delete()
    return StaffSession.objects.create(
        user=user, session_key=session_key, browser=browser, lasting=lasting, since=timezone.now()
    )


def of(user: User, *, now: datetime | None = None) -> QuerySet[StaffSession]:
    """The person's browsers that are signed in now, newest first."""
    live = Session.objects.filter(session_key=OuterRef("session_key"), expire_date__gt=now or timezone.now())
    return StaffSession.objects.filter(Exists(live), user=user)


def end(session_key: str) -> None:
    """End one session, wherever its browser is."""
    SessionStore(session_key).delete()
    StaffSession.objects.filter(session_key=session_key).delete()


def end_all(user: User) -> None:
    """End every session of a person."""
    for session_key in StaffSession.objects.filter(user=user).values_list("session_key", flat=True):
        end(session_key)
