"""Where codes and news go: what is on record, or what the desk has confirmed since."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from degreetrack.accounts.models import Actor, Role, User
from degreetrack.applicants.models import ContactClaim
from degreetrack.catalogue.services import institution
from degreetrack.journal.services import record
from degreetrack.kit.refusals import Refused
from degreetrack.kit.urdu import search_key
from degreetrack.notifications.models import Priority
from degreetrack.notifications.services import queue
from degreetrack.records.models import Result, Student

SIGN_IN = Actor("applicant's sign-in")
CONFIRMERS = {Role.RECEIPT, Role.REGIONAL}


@dataclass(frozen=True)
class Contact:
    """A mobile in E.164 and an e-mail address; either may be empty."""

    mobile: str
    email: str


def stream(student: Student) -> str:
    """The journal's name for what concerns a student."""
    return f"student/{student.pk}"


def student_of(number: str) -> Student | None:
    """The student of a roll or registration number as a person types it."""
    compact = "".join(number.split()).upper()
    result = Result.objects.filter(roll_no=compact.replace("-", "")).select_related("student").first()
    if result:
        return result.student
    return Student.objects.filter(registration_no=compact).first()


def contact_of(student: Student) -> Contact:
    """The newest contact that the desk confirmed, else the one on record."""
    confirmed = ContactClaim.objects.filter(student=student, standing=ContactClaim.Standing.CONFIRMED)
    claim = confirmed.order_by("-decided_at").first()
    return Contact(claim.mobile, claim.email) if claim else Contact(student.mobile, student.email)


def confirmed_since(student_pk: int, at: datetime) -> Contact | None:
    """The newest contact that the desk has confirmed after a moment."""
    confirmed = ContactClaim.objects.filter(
        student_id=student_pk, standing=ContactClaim.Standing.CONFIRMED, decided_at__gt=at
    )
    claim = confirmed.order_by("-decided_at").first()
    return Contact(claim.mobile, claim.email) if claim else None


def confirmed_in_sql(student: str, at: str) -> str:
    """A condition of SQL: whether confirmed_since() has something to say."""
    return (
        f"EXISTS (SELECT FROM applicants_contactclaim WHERE student_id = {student}"  # nosec B608
        f" AND standing = '{ContactClaim.Standing.CONFIRMED}' AND decided_at > {at})"
    )


def newest_confirmed(student_pks: Iterable[int]) -> dict[int, tuple[datetime, Contact]]:
    """By student: when the desk confirmed their newest contact, and which it is."""
    confirmed = ContactClaim.objects.filter(
        student__in=set(student_pks), standing=ContactClaim.Standing.CONFIRMED
    )
    rows = confirmed.order_by("decided_at")
    return {
        row.student_id: (row.decided_at, Contact(row.mobile, row.email)) for row in rows if row.decided_at
    }


def claim(
    number: str,
    *,
    cnic: str,
    date_of_birth: date,
    father_name: str,
    mobile: str,
    email: str,
    language: str,
    at: datetime | None = None,
) -> None:
    """Take in a new contact where every proof matches the record; nobody is told whether it did."""
    at = at or timezone.now()
    student = student_of(number)
    if student is None or not _proves(student, cnic, date_of_birth, father_name):
        return
    with transaction.atomic():
        waiting = ContactClaim.objects.select_for_update().filter(
            student=student, standing=ContactClaim.Standing.PENDING
        )
        refused = ContactClaim.Standing.REFUSED
        waiting.update(standing=refused, decided_at=at, reason="replaced by a newer one")
        made = ContactClaim.objects.create(
            student=student, mobile=mobile, email=email, language=language, made_at=at
        )
        record(stream(student), "contact_given", by=SIGN_IN, after={"claim": made.pk}, at=at)


def _proves(student: Student, cnic: str, date_of_birth: date, father_name: str) -> bool:
    digits = "".join(filter(str.isdecimal, student.cnic))
    fathers = {search_key(student.father_name_en), search_key(student.father_name_ur)} - {""}
    return (
        digits != ""
        and digits == "".join(filter(str.isdecimal, cnic))
        and student.date_of_birth == date_of_birth
        and search_key(father_name) in fathers
    )


def pending(*, after: int = 0, size: int = 50) -> list[ContactClaim]:
    """What waits for the desk, oldest first, by key."""
    rows = ContactClaim.objects.filter(standing=ContactClaim.Standing.PENDING, pk__gt=after)
    return list(rows.select_related("student").order_by("pk")[:size])


def decide(pk: int, *, confirm: bool, by: User, reason: str, at: datetime | None = None) -> ContactClaim:
    """Confirm or refuse a contact; the old and the new one are told when it is confirmed."""
    at = at or timezone.now()
    reason = " ".join(reason.split())
    if not CONFIRMERS & by.roles:
        raise Refused(_("Only the counter and the regional offices confirm contacts."))
    if len(reason) < 3:
        raise Refused(_("Write how you saw who it is, or why you refuse."))
    with transaction.atomic():
        rows = ContactClaim.objects.select_for_update(of=("self",)).select_related("student")
        row = rows.filter(pk=pk, standing=ContactClaim.Standing.PENDING).first()
        if row is None:
            raise Refused(_("This was decided already."))
        old = contact_of(row.student)
        row.standing = ContactClaim.Standing.CONFIRMED if confirm else ContactClaim.Standing.REFUSED
        row.decided_at, row.decided_by_name, row.reason = at, by.display_name, reason[:300]
        row.save()
        verb = "contact_confirmed" if confirm else "contact_refused"
        record(stream(row.student), verb, by=by, reason=reason, after={"claim": row.pk}, at=at)
        if confirm:
            _tell({old, Contact(row.mobile, row.email)}, row, at)
    return row


def _tell(contacts: set[Contact], row: ContactClaim, at: datetime) -> None:
    """An owner whose number was taken over by a stranger learns of it here."""
    for contact in contacts:
        queue(
            "contact_confirmed",
            stream=stream(row.student),
            email=contact.email,
            mobile=contact.mobile,
            language=row.language,
            context={
                "name": row.student.name_ur if row.language == "ur" else row.student.name_en,
                "institution": institution().short_name,
                "help_phone": institution().help_phone,
            },
            priority=Priority.AT_ONCE,
            at=at,
        )
