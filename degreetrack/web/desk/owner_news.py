"""E-mail to the owner of an account about the account itself, telling nobody else that it exists."""

from collections.abc import Callable, Iterable
from datetime import datetime

from django.conf import settings
from django.contrib.auth.tokens import default_token_generator
from django.db import transaction
from django.urls import reverse
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from django.utils.translation import get_language

from degreetrack.accounts.models import Actor, User
from degreetrack.catalogue.models import Institution
from degreetrack.journal.services import record
from degreetrack.notifications.models import Priority
from degreetrack.notifications.services import queue

SIGN_IN = Actor("sign-in")


def stream(user: User) -> str:
    """The journal's name for what happens to an account."""
    return f"user/{user.pk}"


def tell_of_lockout(users: Iterable[User], *, until: datetime, address: str) -> None:
    """Journal the lock and tell its owner."""

    def tell(user: User) -> None:
        said = {"until": until.isoformat(timespec="seconds"), "address": address}
        record(stream(user), "locked", by=SIGN_IN, after=said)
        _queue("lockout", user, link="")

    _same_work_for_nobody(users, tell)


def send_reset_link(users: Iterable[User]) -> None:
    """Send each owner a link to set a new password; it works once, for an hour."""

    def tell(user: User) -> None:
        record(stream(user), "password_reset_asked", by=SIGN_IN)
        _queue("password_reset", user, link=_reset_link(user))

    _same_work_for_nobody(users, tell)


def _same_work_for_nobody(users: Iterable[User], tell: Callable[[User], None]) -> None:
    """Where there is no owner, do the work for nobody and drop it, so that time tells nothing either."""
    found = list(users)
    for user in found:
        tell(user)
    if not found:
        with transaction.atomic():
            tell(User(pk=0, username="nobody", email="nobody@localhost"))
            transaction.set_rollback(True)


def _queue(template: str, user: User, *, link: str) -> None:
    institution = Institution.objects.first()
    queue(
        template,
        stream=stream(user),
        email=user.email,
        mobile="",
        priority=Priority.AT_ONCE,
        language=(get_language() or settings.LANGUAGE_CODE)[:2],
        context={
            "name": user.display_name,
            "institution": institution.name if institution else settings.SITE_URL,
            "link": link,
        },
    )


def _reset_link(user: User) -> str:
    uid = urlsafe_base64_encode(force_bytes(user.pk))
    token = default_token_generator.make_token(user)
    return settings.SITE_URL.rstrip("/") + reverse("desk:password-reset-confirm", args=[uid, token])
