"""Somebody sent to collect a document: the code that they tell, and what becomes of wrong ones."""

import secrets
from datetime import datetime

from django.utils.translation import gettext as _

from degreetrack.applications.models import Application, Bearer
from degreetrack.journal.services import ByWhom, record
from degreetrack.kit.keyed import digest, is_digest
from degreetrack.kit.refusals import Refused

TRIES = 5
SALT = "degreetrack.bearer"


class Counted(Refused):
    """A refusal that is counted: what stands in the transaction is kept, and nothing else was done."""


def open_bearer(application: Application) -> Bearer | None:
    """The bearer whose code holds now."""
    return application.bearers.filter(used_at=None, cancelled_at=None).first()


def make(application: Application, *, name: str, cnic: str, at: datetime) -> str:
    """Name a bearer in place of any other; the code is returned this once and kept nowhere."""
    cancel(application, at=at)
    code = f"{secrets.randbelow(10**6):06}"
    kept = digest(SALT, _told(application, code))
    Bearer.objects.create(application=application, name=name, cnic=cnic, code_hash=kept, made_at=at)
    return code


def cancel(application: Application, *, at: datetime) -> None:
    """Let the open bearer's code hold no more."""
    application.bearers.filter(used_at=None, cancelled_at=None).update(cancelled_at=at)


def take(application: Application, *, code: str, by: ByWhom, at: datetime) -> Bearer:
    """Use the code up and return its bearer; a wrong one is counted, and the fifth ends the authority."""
    bearer = open_bearer(application)
    if bearer is None:
        raise Refused(_("No bearer is authorised now: ask the applicant for a new code."))
    code = "".join(code.split())
    if not code:
        raise Refused(_("Type the code that the bearer tells."))
    if is_digest(bearer.code_hash, SALT, _told(application, code)):
        bearer.used_at = at
        bearer.save(update_fields=["used_at"])
        return bearer
    bearer.tries += 1
    left = TRIES - bearer.tries
    bearer.cancelled_at = None if left else at
    bearer.save(update_fields=["tries", "cancelled_at"])
    record(application.stream, "wrong_code", by=by, after={"tries_left": left}, at=at)
    if left:
        raise Counted(_("The code is wrong. Tries left: %(left)s.") % {"left": left})
    raise Counted(_("The code was wrong too often and holds no more: the applicant can make a new one."))


def _told(application: Application, code: str) -> str:
    return f"{application.pk}/{code}"
