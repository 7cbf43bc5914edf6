"""Lock-out: too many failures against one account or from one address close it for a while.

All is kept in rows, so that every process on every machine counts the same. A try is written
before the password is looked at: many tries at one instant cannot slip through together. An
account is counted whether it exists or not, so that a lock tells nothing about it.
"""

import math
from datetime import datetime, timedelta

from django.db.models import Max
from django.utils import timezone
from django.utils.crypto import salted_hmac

from degreetrack.accounts.models import Attempt, Lockout, User
from degreetrack.kit.networks import network_of

TRIES_PER_ACCOUNT = 5
TRIES_PER_ADDRESS = 20
RESETS_PER_ACCOUNT = 3
WINDOW = timedelta(minutes=15)
LOCKED = timedelta(minutes=15)


def begin(username: str, *, address: str, now: datetime | None = None) -> int:
    """Count a try before the password is looked at; return the seconds to wait, 0 when it may be."""
    now = now or timezone.now()
    keys = [_account(username), _address(address)]
    until = Lockout.objects.filter(key__in=keys, until__gt=now).aggregate(last=Max("until"))["last"]
    if until:
        return _seconds(until - now)
    tries = [_count(key, now=now) for key in keys]
    if tries[0] > TRIES_PER_ACCOUNT or tries[1] > TRIES_PER_ADDRESS:
        return _seconds(LOCKED)
    return 0


def failed(username: str, *, address: str, now: datetime | None = None) -> datetime | None:
    """After a failed try: lock what has had too many; return the end of the lock if the account's is new."""
    now = now or timezone.now()
    _lock_if(_address(address), TRIES_PER_ADDRESS, now=now)
    return _lock_if(_account(username), TRIES_PER_ACCOUNT, now=now)


def succeeded(username: str, *, address: str) -> None:
    """After a successful try: forget the account's failures, and do not count this one to the address."""
    release(username)
    latest = Attempt.objects.filter(key=_address(address)).order_by("-at", "-pk").values("pk")[:1]
    Attempt.objects.filter(pk__in=list(latest.values_list("pk", flat=True))).delete()


def release(username: str) -> None:
    """Open an account again, as after its owner has set a new password."""
    Attempt.objects.filter(key=_account(username)).delete()
    Lockout.objects.filter(key=_account(username)).delete()


def may_mail_reset(email: str, *, now: datetime | None = None) -> bool:
    """Count a request for a reset link; false once this mailbox has had enough of them."""
    return _count(f"reset:{_fingerprint(email)}", now=now or timezone.now()) <= RESETS_PER_ACCOUNT


def owners(username: str) -> list[User]:
    """Whoever is to be told of a lock-out of this name."""
    return list(User.objects.filter(username__iexact=User.normalize_username(username), is_active=True))


def _count(key: str, *, now: datetime) -> int:
    """Write one try and return how many there were within the window, this one included."""
    Attempt.objects.filter(at__lt=now - 2 * WINDOW).delete()
    Attempt.objects.create(key=key, at=now)
    return _tries(key, now=now)


def _tries(key: str, *, now: datetime) -> int:
    return Attempt.objects.filter(key=key, at__gt=now - WINDOW).count()


def _lock_if(key: str, limit: int, *, now: datetime) -> datetime | None:
    if _tries(key, now=now) < limit:
        return None
    until = now + LOCKED
    _lockout, is_new = Lockout.objects.get_or_create(key=key, defaults={"until": until})
    # Of two processes that lock at one instant only one tells the owner.
    is_new = is_new or bool(Lockout.objects.filter(key=key, until__lte=now).update(until=until))
    return until if is_new else None


def _account(username: str) -> str:
    return f"account:{_fingerprint(username)}"


def _fingerprint(typed: str) -> str:
    """Stand for what was typed, which may be a password in the wrong field."""
    plain = User.normalize_username(typed).casefold()
    return salted_hmac("degreetrack.lockouts", plain, algorithm="sha256").hexdigest()


def _address(address: str) -> str:
    return f"address:{network_of(address)}"


def _seconds(span: timedelta) -> int:
    return math.ceil(span.total_seconds())
