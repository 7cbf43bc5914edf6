"""What a person decides about money that pays for nothing yet: assign it, refund it, or let it lie."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from degreetrack.accounts.models import Role, User
from degreetrack.fees import challans, ledger
from degreetrack.fees.models import Act, Challan, Payment
from degreetrack.fees.payments import credit_holders, names_of, touched_challans
from degreetrack.journal.services import record
from degreetrack.kit.holding import hold
from degreetrack.kit.refusals import Refused

DECIDERS = frozenset({Role.RECEIPT, Role.CONTROLLER})


def assign(payment: Payment, *, to_challan_no: str, by: User, reason: str) -> Payment:
    """Move a payment's money from suspense or credit to a challan; what is over goes to its student."""
    target = challans.find(to_challan_no)
    if target is None:
        raise Refused(_("There is no challan of this number."))
    at = timezone.now()
    with _held(payment, by=by, reason=reason, also=target) as (held, why):
        target.refresh_from_db()
        _must_be_open(target)
        free = _must_be_loose(held)
        before = held.stream
        left, moves, account = challans.rest(target), dict(free), ledger.of_challan(target.number)
        put = min(left, sum(free.values()))
        moves[account] = -put
        credit = ledger.of_credit(target.student_id)
        moves[credit] = moves.get(credit, 0) - (sum(free.values()) - put)
        ledger.transfer(held, Act.ASSIGNED, moves, by=by, at=at, reason=why)
        held.challan, held.followed_at = target, None
        _attended(held, by=by, reason=why, at=at, needs_person=put < sum(free.values()))
        told = {"challan": target.number, "amount": put}
        for stream in sorted({before, held.stream}):
            _tell(stream, "payment_assigned", held, by=by, reason=why, told=told, at=at)
        challans.weigh(target, by=by, at=at)
    return held


def refund(payment: Payment, *, by: User, reason: str) -> Payment:
    """Move what a payment left in suspense or credit to the refunds to be paid out."""
    at = timezone.now()
    with _held(payment, by=by, reason=reason) as (held, why):
        free = _must_be_loose(held)
        amount = sum(free.values())
        ledger.transfer(held, Act.REFUNDED, free | {ledger.REFUNDS: -amount}, by=by, at=at, reason=why)
        _attended(held, by=by, reason=why, at=at)
        _tell(held.stream, "payment_refunded", held, by=by, reason=why, told={"amount": amount}, at=at)
    return held


def attend(payment: Payment, *, by: User, reason: str) -> Payment:
    """Mark a payment as seen; its money stays where it lies."""
    at = timezone.now()
    with _held(payment, by=by, reason=reason) as (held, why):
        if not held.needs_person:
            raise Refused(_("Somebody has seen to this payment already."))
        _attended(held, by=by, reason=why, at=at)
        _tell(held.stream, "payment_attended", held, by=by, reason=why, told={}, at=at)
    return held


@contextmanager
def _held(
    payment: Payment, *, by: User, reason: str, also: Challan | None = None
) -> Iterator[tuple[Payment, str]]:
    """The payment as it is now, with its money and the students' held still; and the reason, tidied."""
    if not by.roles & DECIDERS:
        raise Refused(_("Your section does not decide about payments."))
    why = " ".join(reason.split())
    if len(why) < 3:
        raise Refused(_("Give a reason, in at least three letters."))
    with transaction.atomic():
        hold(names_of(payment))
        students = {challan.student_id for challan in touched_challans(payment)} | credit_holders(payment)
        challans.hold_students(students | ({also.student_id} if also else set()))
        yield Payment.objects.select_related("challan").get(pk=payment.pk), why


def _must_be_open(challan: Challan) -> None:
    if challan.cancelled_at:
        raise Refused(_("This challan is cancelled: assign the money to the one that took its place."))
    if challan.settled_at:
        raise Refused(_("This challan is paid already."))


def _must_be_loose(payment: Payment) -> dict[str, int]:
    free = ledger.loose(payment)
    if not free:
        raise Refused(_("None of this payment's money is left to decide about."))
    return free


def _attended(payment: Payment, *, by: User, reason: str, at: datetime, needs_person: bool = False) -> None:
    payment.needs_person = needs_person
    payment.attended_at, payment.attended_by_name = at, by.display_name
    payment.attended_reason = reason[:500]
    payment.save(
        update_fields=[
            "challan",
            "followed_at",
            "needs_person",
            "attended_at",
            "attended_by_name",
            "attended_reason",
        ]
    )


def _tell(
    stream: str, verb: str, payment: Payment, *, by: User, reason: str, told: dict, at: datetime
) -> None:
    after = {"provider": payment.provider, "reference": payment.reference} | told
    record(stream, verb, by=by, reason=reason, after=after, at=at)
