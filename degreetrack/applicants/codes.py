"""Six digits in place of a password: sent to the contact on record, good for ten minutes and five tries."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.crypto import salted_hmac

from degreetrack.applicants.contacts import SIGN_IN, Contact, contact_of, stream, student_of
from degreetrack.applicants.models import SignInCode
from degreetrack.catalogue.services import institution
from degreetrack.journal.services import record
from degreetrack.kit.keyed import digest, is_digest
from degreetrack.notifications.models import Notice, Priority
from degreetrack.notifications.services import queue
from degreetrack.records.models import Student

LASTS = timedelta(minutes=10)
TRIES = 5
# Against a flood: more within the hour are not sent to one account, and to one phone that a family shares.
# Whoever asks is bound sooner, by the door: nobody uses up with few tries what another one needs.
PER_ACCOUNT, PER_PHONE = 20, 30
SALT = "degreetrack.sign-in-code"
NOBODY = Student(pk=0, name_en="Nobody", name_ur="", mobile="+923000000000", email="nobody@localhost")


@dataclass(frozen=True)
class Sent:
    """Where a code went, as much as its owner needs to know it: two digits, one letter."""

    mobile: str
    email: str


def send(number: str, *, language: str, asker: str = "", at: datetime | None = None) -> Sent:
    """Send a code to whoever has this number; the answer and the work are the same for nobody.

    It is good in the browser that asked alone, whose name `asker` is.
    """
    at = at or timezone.now()
    student = student_of(number)
    contact = contact_of(student or NOBODY)
    with transaction.atomic():
        _make(student or NOBODY, contact, language, asker, at)
        # Counted for nobody too: the statements are what takes time.
        too_many = _too_many(student or NOBODY, contact, at)
        reachable = student is not None and (contact.mobile or contact.email)
        if not reachable or too_many:
            transaction.set_rollback(True)
            return _hint(contact) if reachable else _made_up(number)
    return _hint(contact)


def _make(student: Student, contact: Contact, language: str, asker: str, at: datetime) -> None:
    code = f"{secrets.randbelow(1_000_000):06}"
    SignInCode.objects.create(
        student_id=student.pk,
        asker=asker,
        digest=digest(SALT, f"{student.pk}:{code}"),
        made_at=at,
        expires_at=at + LASTS,
    )
    record(stream(student), "code_asked", by=SIGN_IN, at=at)
    queue(
        "sign_in_code",
        stream=stream(student),
        email=contact.email,
        mobile=contact.mobile,
        language=language,
        context={
            "code": code,
            "name": student.name_ur if language == "ur" else student.name_en,
            "institution": institution().short_name,
            "site": settings.SITE_URL,
        },
        priority=Priority.AT_ONCE,
        valid=LASTS,
        at=at,
    )


def _too_many(student: Student, contact: Contact, at: datetime) -> bool:
    hour = at - timedelta(hours=1)
    mine = SignInCode.objects.filter(student=student, made_at__gt=hour).count()
    codes = Notice.objects.filter(template="sign_in_code", queued_at__gt=hour)
    to_phone = codes.filter(to=contact.mobile).count() if contact.mobile else 0
    return mine > PER_ACCOUNT or to_phone > PER_PHONE


def _hint(contact: Contact) -> Sent:
    mobile = f"•••••••{contact.mobile[-2:]}" if contact.mobile else ""
    return Sent(mobile, f"{contact.email[0]}•••@•••" if contact.email else "")


def _made_up(number: str) -> Sent:
    """A hint that never changes for a number, so that asking twice does not tell that nobody has it."""
    seed = salted_hmac("degreetrack.nobody", "".join(number.split()).upper(), algorithm="sha256").digest()
    letters = "abcdefghijklmnopqrstuvwxyz"
    email = f"{letters[seed[2] % 26]}•••@•••" if seed[1] % 2 else ""
    return Sent(f"•••••••{seed[0] % 100:02}", email)


def check(number: str, typed: str, *, asker: str = "", at: datetime | None = None) -> Student | None:
    """The student, where these are the digits that were sent; each wrong try counts on the asker's codes."""
    at = at or timezone.now()
    student = student_of(number)
    pk = student.pk if student else NOBODY.pk
    with transaction.atomic():
        rows = SignInCode.objects.select_for_update().filter(
            student_id=pk, asker=asker, used_at=None, expires_at__gt=at, tries__lt=TRIES
        )
        told = f"{pk}:{''.join(typed.split())}"
        right = [row for row in rows if is_digest(row.digest, SALT, told)]
        if student is None or not right:
            rows.update(tries=F("tries") + 1)
            return None
        SignInCode.objects.filter(pk=right[0].pk).update(used_at=at)
        record(stream(student), "sign_in", by=SIGN_IN, at=at)
    return student


def forget_old_codes(*, at: datetime | None = None) -> int:
    """Delete the codes of yesterday and before; say how many."""
    return SignInCode.objects.filter(made_at__lt=(at or timezone.now()) - timedelta(days=1)).delete()[0]
