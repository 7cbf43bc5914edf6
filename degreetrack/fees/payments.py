"""Payments as the bank tells of them: each taken once, matched to its challan, booked, taken back."""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from degreetrack.accounts.models import Actor
from degreetrack.fees import challan_numbers, challans, ledger
from degreetrack.fees.models import Act, Challan, Payment, PaymentKind, Verdict
from degreetrack.journal.services import record
from degreetrack.kit.holding import hold
from degreetrack.kit.refusals import Refused

BANK = Actor("bank")
MOST = 10_000_000


class ToldDifferently(Refused):
    """The same reference came before with other facts."""


@dataclass(frozen=True)
class Taken:
    """A payment, and whether it came for the first time."""

    payment: Payment
    new: bool


@dataclass(frozen=True)
class _Judged:
    """What a payment is found to be, and where its money goes."""

    challan: Challan | None
    verdict: Verdict
    shares: dict[str, int]
    needs_person: bool = False


def take_payment(
    *,
    provider: str,
    reference: str,
    challan_no: str,
    amount: int,
    paid_on: date,
    via: str,
    reverses: str = "",
    at: datetime | None = None,
) -> Taken:
    """Take in a payment, or a reversal where `reverses` names the reference of the payment taken back.

    Safe to repeat: the same again changes nothing; the same reference with other facts raises
    ToldDifferently. Payments and reversals may come in any order.
    """
    payment = Payment(
        provider=provider,
        reference=reference.strip(),
        challan_no=challan_no.strip(),
        amount=amount,
        paid_on=paid_on,
        kind=PaymentKind.REVERSAL if reverses.strip() else PaymentKind.PAYMENT,
        reverses_reference=reverses.strip(),
        via=via,
        taken_at=at or timezone.now(),
    )
    _check(payment)
    with transaction.atomic():
        hold(names_of(payment))
        known = Payment.objects.filter(provider=provider, reference=payment.reference).first()
        if known:
            return Taken(_same(known, payment), new=False)
        if payment.kind == PaymentKind.REVERSAL:
            _take_reversal(payment)
        else:
            _take(payment)
    return Taken(payment, new=True)


def names_of(payment: Payment) -> list[str]:
    """What must be held while a payment's money moves: its own reference and the one it takes back."""
    references = filter(None, (payment.reference, payment.reverses_reference))
    return [f"reference/{payment.provider}/{reference}" for reference in references]


def _check(payment: Payment) -> None:
    for text, most in ((payment.reference, 64), (payment.challan_no, 40), (payment.reverses_reference, 64)):
        if len(text) > most or not text.isprintable():
            raise Refused(_("A number of the payment is too long, or has characters that cannot be printed."))
    if not re.fullmatch(r"[a-z0-9-]{1,20}", payment.provider):
        raise Refused(_("A provider's name has up to twenty small letters, digits and dashes."))
    if not payment.reference:
        raise Refused(_("The payment has no reference."))
    if payment.reference == payment.reverses_reference:
        raise Refused(_("A reversal cannot take back itself."))
    if not 0 < payment.amount <= MOST:
        raise Refused(_("The amount must be between 1 and %(most)s rupees.") % {"most": f"{MOST:,}"})
    if payment.paid_on > timezone.localdate(payment.taken_at) + timedelta(days=1):
        raise Refused(_("The date %(day)s lies in the future.") % {"day": payment.paid_on.isoformat()})


def _same(known: Payment, told: Payment) -> Payment:
    """The payment known already; Refused where it is told differently now."""
    if _facts(known) != _facts(told):
        raise ToldDifferently(
            _("The reference %(reference)s was told before with other facts. Ask the bank which is right.")
            % {"reference": known.reference}
        )
    return known


def _facts(payment: Payment) -> tuple:
    number = challan_numbers.normalise(payment.challan_no) or payment.challan_no
    return number, payment.amount, payment.paid_on, payment.kind, payment.reverses_reference


def _take(payment: Payment) -> None:
    challan = challans.find(payment.challan_no)
    if challan:
        challans.hold_students([challan.student_id])
        challan.refresh_from_db()
    judged = _judge(challan, payment)
    payment.challan, payment.verdict = judged.challan, judged.verdict
    payment.needs_person = judged.needs_person
    payment.save(force_insert=True)
    moves = {ledger.BANK: payment.amount} | {account: -amount for account, amount in judged.shares.items()}
    ledger.transfer(payment, Act.TAKEN, moves, by=BANK, at=payment.taken_at)
    _tell(payment, "payment_taken")
    if judged.challan:
        challans.weigh(judged.challan, by=BANK, at=payment.taken_at)
    waiting = Payment.objects.filter(
        provider=payment.provider, reverses_reference=payment.reference, reverses__isnull=True
    )
    for reversal in waiting.order_by("pk"):
        if _reverse(payment, reversal):
            break


def _judge(challan: Challan | None, payment: Payment) -> _Judged:
    """The defined ways: which challan it pays, and how much of it."""
    amount = payment.amount
    if challan is None:
        return _Judged(None, Verdict.UNKNOWN, {ledger.SUSPENSE: amount}, needs_person=True)
    if challan.cancelled_at:
        challan = challans.open_like(challan) or challan
    account, credit = ledger.of_challan(challan.number), ledger.of_credit(challan.student_id)
    left = challans.rest(challan)
    if left == 0:
        verdict = Verdict.CANCELLED if challan.cancelled_at else Verdict.DOUBLE
        return _Judged(challan, verdict, {credit: amount}, needs_person=True)
    if amount > left:
        return _Judged(challan, Verdict.OVER, {account: left, credit: amount - left}, needs_person=True)
    if amount < left:
        return _Judged(challan, Verdict.SHORT, {account: amount})
    late = payment.paid_on > challan.due_on
    return _Judged(challan, Verdict.LATE if late else Verdict.EXACT, {account: amount})


def _take_reversal(reversal: Payment) -> None:
    """Take the money back, or keep the reversal until its payment comes."""
    reversal.verdict, reversal.needs_person = Verdict.UNKNOWN, True
    reversal.save(force_insert=True)
    payment = Payment.objects.filter(
        provider=reversal.provider, reference=reversal.reverses_reference, kind=PaymentKind.PAYMENT
    ).first()
    if payment is None or not _reverse(payment, reversal):
        _tell(reversal, "reversal_kept")


def _reverse(payment: Payment, reversal: Payment) -> bool:
    """Book a payment's money back from wherever it lies; False where the reversal does not fit it."""
    if payment.amount != reversal.amount or Payment.objects.filter(reverses=payment).exists():
        return False
    touched = touched_challans(payment)
    challans.hold_students({challan.student_id for challan in touched} | credit_holders(payment))
    payment.refresh_from_db()
    at, lay = reversal.taken_at, ledger.lies(payment)
    ledger.transfer(payment, Act.REVERSED, {ledger.BANK: -payment.amount} | lay, by=BANK, at=at)
    payment.verdict, payment.needs_person = Verdict.REVERSED, False
    payment.save(update_fields=["verdict", "needs_person"])
    reversal.reverses, reversal.challan, reversal.verdict = payment, payment.challan, Verdict.REVERSED
    # Money that went to be refunded may have been paid out already: somebody has to get it back.
    reversal.needs_person = ledger.REFUNDS in lay
    reversal.save(update_fields=["reverses", "challan", "verdict", "needs_person"])
    _tell(reversal, "payment_reversed")
    for challan in touched:
        challan.refresh_from_db()
        challans.cover(challan, at=at)
        challans.weigh(challan, by=BANK, at=at)
    return True


def touched_challans(payment: Payment) -> list[Challan]:
    """The challans on which a payment's money lies, and the one it was paid for."""
    numbers = [account.removeprefix(ledger.CHALLANS) for account in ledger.lies(payment)]
    found = Challan.objects.filter(Q(number__in=numbers) | Q(payments=payment)).distinct()
    return list(found.order_by("pk"))


def credit_holders(payment: Payment) -> set[int]:
    """The students in whose credit a payment's money lies."""
    accounts = [account for account in ledger.lies(payment) if account.startswith(ledger.CREDIT)]
    return {int(account.removeprefix(ledger.CREDIT)) for account in accounts}


def _tell(payment: Payment, verb: str) -> None:
    told = {
        "provider": payment.provider,
        "reference": payment.reference,
        "challan": payment.challan.number if payment.challan else payment.challan_no,
        "amount": payment.amount,
        "verdict": payment.verdict,
    }
    record(payment.stream, verb, by=BANK, after=told, at=payment.taken_at)


@dataclass(frozen=True)
class Page:
    """Some payments and the key by which to ask for the next."""

    rows: list[Payment]
    next_key: str


def needs_a_person(*, after: str = "", size: int = 50) -> Page:
    """One page of the payments that somebody must look at, oldest first; `after` is the last page's key."""
    rows = Payment.objects.filter(needs_person=True).select_related("challan")
    if after.isascii() and after.isdigit():
        rows = rows.filter(pk__gt=min(int(after), 2**63 - 1))
    found = list(rows.order_by("pk")[: size + 1])
    return Page(found[:size], str(found[size - 1].pk) if len(found) > size else "")
