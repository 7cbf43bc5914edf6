"""E-mail to the owner of an account about the account itself, telling nobody else that it exists."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.auth.tokens import default_token_generator
from django.db import transaction
from django.urls import reverse
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from django.utils.translation import get_language, override
from django.utils.translation import gettext_lazy as _

from degreetrack.accounts.models import Actor, User
from degreetrack.catalogue.models import Institution
from degreetrack.journal.services import ByWhom, record
from degreetrack.notifications.models import Priority
from degreetrack.notifications.services import queue

SIGN_IN = Actor("sign-in")
# What is journalled of an account and told to its owner, in the owner's own language.
TOLD = {
    "factor_added": _("A second factor was added to your account: %(name)s."),
    "factor_removed": _("A second factor was removed from your account: %(name)s."),
    "recovery_codes_made": _("New recovery codes were made for your account. Older ones no longer work."),
    "recovery_code_used": _(
        "A recovery code of your account was used. Unused codes that are left: %(left)s."
    ),
    "password_changed": _("The password of your account was changed."),
    "password_reset": _("The password of your account was changed."),
    "new_browser": _("Somebody signed in to your account with a browser that we did not know: %(browser)s."),
    "factors_reset": _(
        "An administrator removed the second factors of your account. You are asked for a new one when you"
        " sign in."
    ),
}


def stream(user: User) -> str:
    """The journal's name for what happens to an account."""
    return f"user/{user.pk}"


def tell_of_lockout(users: Iterable[User], *, until: datetime, address: str) -> None:
    """Journal the lock and tell its owner."""

    def tell(user: User) -> None:
        said = {"until": until.isoformat(timespec="seconds"), "address": address}
        record(stream(user), "locked", by=SIGN_IN, after=said)
        _queue("lockout", user)

    _same_work_for_nobody(users, tell)


def send_reset_link(users: Iterable[User]) -> None:
    """Send each owner a link to set a new password; it works once, for an hour."""

    def tell(user: User) -> None:
        record(stream(user), "password_reset_asked", by=SIGN_IN)
        _queue("password_reset", user, link=_reset_link(user))

    _same_work_for_nobody(users, tell)


def happened(user: User, verb: str, *, by: ByWhom | None = None, reason: str = "", **said: Any) -> None:
    """Journal what happened to an account, and tell its owner by e-mail."""
    with transaction.atomic():
        record(stream(user), verb, by=by or user, reason=reason, after=said)
        with override(user.language):
            _queue("account", user, language=user.language, what=str(TOLD[verb]) % said)


def _same_work_for_nobody(users: Iterable[User], tell: Callable[[User], None]) -> None:
    """Where there is no owner, do the work for nobody and drop it, so that time tells nothing either."""
    found = list(users)
    for user in found:
        tell(user)
    if not found:
        with transaction.atomic():
            tell(User(pk=0, username="nobody", email="nobody@localhost"))
            transaction.set_rollback(True)


def _queue(template: str, user: User, *, language: str = "", **values: str) -> None:
    institution = Institution.objects.first()
    queue(
        template,
        stream=stream(user),
        email=user.email,
        mobile="",
        priority=Priority.AT_ONCE,
        language=language or (get_language() or settings.LANGUAGE_CODE)[:2],
        context={
            "name": user.display_name,
            "institution": institution.name if institution else settings.SITE_URL,
            **values,
        },
    )


def _reset_link(user: User) -> str:
    uid = urlsafe_base64_encode(force_bytes(user.pk))
    token = default_token_generator.make_token(user)
    return settings.SITE_URL.rstrip("/") + reverse("desk:password-reset-confirm", args=[uid, token])
