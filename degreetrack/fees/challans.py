"""Challans: made, found, carried over to a new one, settled and opened again by what is paid on them."""

from collections.abc import Collection, Sequence
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from degreetrack.accounts.models import Actor
from degreetrack.catalogue.services import holidays, institution
from degreetrack.fees import challan_numbers, ledger
from degreetrack.fees.models import Act, Challan, Purpose
from degreetrack.journal.services import ByWhom, record
from degreetrack.kit.calendars import limit_date
from degreetrack.kit.refusals import Refused
from degreetrack.records.models import Student

FEES = Actor("fees")
Line = tuple[str, str, int]


def make_challan(
    student: Student,
    *,
    subject: str,
    purpose: str,
    lines: Sequence[Line],
    at: datetime | None = None,
) -> Challan:
    """Make the challan of a subject, or return the open one of the same amount that can still be paid.

    An open one of another amount, or past its due date, is cancelled, and what was paid on it is
    carried to the new one. Call it before journalling on the subject in the same transaction: it
    waits for the student's other payments first.
    """
    at = at or timezone.now()
    amount = sum(amount for _english, _urdu, amount in lines)
    if amount <= 0:
        raise Refused(_("There is nothing to pay."))
    with transaction.atomic():
        hold_students([student.pk])
        open_ones = Challan.objects.filter(
            student=student, subject=subject, purpose=Purpose(purpose), settled_at=None, cancelled_at=None
        )
        old_ones = list(open_ones.order_by("pk"))
        for old in old_ones:
            if old.amount == amount and old.due_on >= timezone.localdate(at):
                return old
        new = _drawn(student, subject, purpose, amount, lines, at)
        for old in old_ones:
            _replace(old, new, at=at)
    return new


def _drawn(
    student: Student, subject: str, purpose: str, amount: int, lines: Sequence[Line], at: datetime
) -> Challan:
    """Save a challan under a fresh number; one drawn before is drawn anew."""
    uni = institution()
    due = limit_date(timezone.localdate(at), uni.challan_days, holidays=holidays(), weekend=uni.weekend)
    challan = Challan(
        student=student,
        subject=subject,
        purpose=purpose,
        amount=amount,
        lines=[list(line) for line in lines],
        made_at=at,
        due_on=due,
    )
    while challan.pk is None:
        challan.number = challan_numbers.new()
        try:
            with transaction.atomic():
                challan.save(force_insert=True)
        except IntegrityError:
            if not Challan.objects.filter(number=challan.number).exists():
                raise
    told = {"challan": challan.number, "purpose": purpose, "amount": amount, "due_on": due.isoformat()}
    record(subject, "challan_made", by=FEES, after=told, at=at)
    return challan


def _replace(old: Challan, new: Challan, *, at: datetime) -> None:
    old.cancelled_at = at
    old.save(update_fields=["cancelled_at"])
    told = {"challan": old.number, "amount": old.amount, "paid": paid(old)}
    record(old.subject, "challan_cancelled", by=FEES, before=told, after={"challan": new.number}, at=at)
    account, credit = ledger.of_challan(old.number), ledger.of_credit(old.student_id)
    for payment, amount in ledger.payments_in(account):
        put = min(rest(new), amount)
        moves = {account: amount, ledger.of_challan(new.number): -put, credit: put - amount}
        ledger.transfer(payment, Act.MOVED, moves, by=FEES, at=at)
        payment.challan, payment.followed_at = new, None
        payment.needs_person = payment.needs_person or put < amount
        payment.save(update_fields=["challan", "followed_at", "needs_person"])
    weigh(new, by=FEES, at=at)


def hold_students(students: Collection[int]) -> None:
    """Let nobody else move these students' money until the transaction ends."""
    rows = Student.objects.select_for_update(no_key=True).filter(pk__in=students).order_by("pk")
    list(rows.values_list("pk"))


def find(challan_no: str) -> Challan | None:
    """The challan of a number as it is typed; spaces and dashes do not matter."""
    number = challan_numbers.normalise(challan_no)
    return Challan.objects.filter(number=number).first() if number else None


def paid(challan: Challan) -> int:
    """What is paid on a challan, in PKR; never more than its amount."""
    return ledger.held(ledger.of_challan(challan.number))


def rest(challan: Challan) -> int:
    """What is still to pay on a challan, in PKR."""
    return 0 if challan.cancelled_at else challan.amount - paid(challan)


def open_like(challan: Challan) -> Challan | None:
    """The open challan of the same student and subject, rather for the same purpose."""
    found = Challan.objects.filter(
        student_id=challan.student_id, subject=challan.subject, settled_at=None, cancelled_at=None
    )
    return found.filter(purpose=challan.purpose).first() or found.order_by("pk").first()


def cover(challan: Challan, *, at: datetime) -> None:
    """Let what was paid too much on a challan fill what is missing on it now."""
    credit = ledger.of_credit(challan.student_id)
    for payment in challan.payments.order_by("pk"):
        surplus = ledger.lies(payment).get(credit, 0)
        put = 0 if challan.cancelled_at else min(rest(challan), surplus)
        if put:
            moves = {credit: put, ledger.of_challan(challan.number): -put}
            ledger.transfer(payment, Act.MOVED, moves, by=FEES, at=at)
        if put and put == surplus:
            payment.needs_person = False
            payment.save(update_fields=["needs_person"])


def weigh(challan: Challan, *, by: ByWhom, at: datetime) -> None:
    """Settle a challan that is paid, and open one that is so no more; the journal tells of either."""
    if challan.cancelled_at:
        return
    left = rest(challan)
    if (left == 0) == (challan.settled_at is not None):
        return
    challan.settled_at = None if left else at
    challan.save(update_fields=["settled_at"])
    told = {"challan": challan.number, "amount": challan.amount, "rest": left}
    record(challan.subject, "challan_opened" if left else "challan_settled", by=by, after=told, at=at)
