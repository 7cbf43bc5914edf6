"""Signed-in browsers: opened at sign-in, listed to their owner, ended one by one or all at once."""

from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_network

from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from degreetrack.accounts.models import StaffSession, User

LASTING_SECONDS = 30 * 24 * 60 * 60
# A session is written to at most so often.
SEEN_EVERY = timedelta(minutes=5)


def opened(
    user: User,
    *,
    session_key: str,
    browser: str,
    lasting: bool,
    address: str = "",
    now: datetime | None = None,
) -> StaffSession:
    """Remember a browser that has just signed in, and forget those whose time is over."""
    now = now or timezone.now()
    StaffSession.objects.filter(user=user).exclude(pk__in=of(user).values("pk")).delete()
    return StaffSession.objects.create(
        user=user, session_key=session_key, browser=browser, lasting=lasting, address=network(address),
        since=now, seen=now,
    )  # fmt: skip


def network(address: str) -> str:
    """An address shortened to the network that it lies in: enough to know one's own by."""
    try:
        told = ip_network(address)
    except ValueError:
        return ""
    if isinstance(told.network_address, IPv6Address) and told.network_address.ipv4_mapped:
        told = ip_network(told.network_address.ipv4_mapped)
    return str(told.supernet(new_prefix=24 if told.version == 4 else 48))


def begin(session: SessionBase, *, second: bool, lasting: bool = False, now: datetime | None = None) -> None:
    """Mark a session that has just been signed in to, with a second factor or without."""
    moment = _seconds(now)
    session["since"] = session["seen"] = moment
    session["lasting"] = lasting
    prove(session, second=second, now=now)


def prove(session: SessionBase, *, second: bool, now: datetime | None = None) -> None:
    """Mark that the person has just proved who they are."""
    session["proved"] = _seconds(now)
    session["second"] = second or session.get("second", False)


def renew(session: SessionBase) -> None:
    """Go on under a new key, as after a sign-in: who knows the old one is out."""
    old = session.session_key
    session.cycle_key()
    StaffSession.objects.filter(session_key=old).update(session_key=session.session_key)


def has_second(session: SessionBase) -> bool:
    """Whether a second factor was given in this session."""
    return bool(session.get("second"))


def is_fresh(session: SessionBase, *, now: datetime | None = None) -> bool:
    """Whether the last proof is young enough for what does much at once."""
    return _seconds(now) - session.get("proved", 0) < settings.PROOF_MINUTES * 60


def is_over(session: SessionBase, *, now: datetime | None = None) -> bool:
    """Whether a session has lasted its time, or was left alone too long; one for 30 days may rest."""
    moment = _seconds(now)
    since = session.get("since", moment)
    if session.get("lasting"):
        return moment - since >= LASTING_SECONDS
    idle = moment - session.get("seen", moment)
    return moment - since >= settings.SESSION_HOURS * 3600 or idle >= settings.SESSION_IDLE_MINUTES * 60


def touch(session: SessionBase, *, now: datetime | None = None) -> None:
    """Write down that it is in use, once in a few minutes."""
    moment = _seconds(now)
    if moment - session.get("seen", 0) < SEEN_EVERY.total_seconds():
        return
    session.setdefault("since", moment)
    session["seen"] = moment
    StaffSession.objects.filter(session_key=session.session_key).update(seen=now or timezone.now())


def _seconds(now: datetime | None) -> int:
    return int((now or timezone.now()).timestamp())


def of(user: User, *, now: datetime | None = None) -> QuerySet[StaffSession]:
    """The person's browsers that are signed in now, newest first."""
    live = Session.objects.filter(session_key=OuterRef("session_key"), expire_date__gt=now or timezone.now())
    return StaffSession.objects.filter(Exists(live), user=user)


def end(session_key: str) -> None:
    """End one session, wherever its browser is."""
    SessionStore(session_key).delete()
    StaffSession.objects.filter(session_key=session_key).delete()


def end_all(user: User, *, but: str = "") -> int:
    """End every session of a person, this one perhaps left out; return how many."""
    keys = list(
        StaffSession.objects.filter(user=user).exclude(session_key=but).values_list("session_key", flat=True)
    )
    for session_key in keys:
        end(session_key)
    return len(keys)
