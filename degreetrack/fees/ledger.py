"""The ledger: every transaction sums to zero, so that the whole does. Corrected by contrary postings only."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from django.db import transaction
from django.db.models import Case, Count, F, Q, Sum, Value, When
from django.db.models.functions import Coalesce

from degreetrack.fees.models import Act, Challan, Payment, PaymentKind, Posting, Transfer
from degreetrack.journal.services import ByWhom

BANK, SUSPENSE, REFUNDS = "bank", "suspense", "refunds"
CHALLANS, CREDIT = "challan/", "credit/"
GROUPS = (BANK, "challans", "credit", SUSPENSE, REFUNDS)


def of_challan(number: str) -> str:
    """The account of what was paid on a challan."""
    return f"{CHALLANS}{number}"


def of_credit(student_id: int) -> str:
    """The account of what a student has paid beyond what was asked."""
    return f"{CREDIT}{student_id}"


def transfer(
    payment: Payment,
    act: Act,
    moves: Mapping[str, int],
    *,
    by: ByWhom,
    at: datetime,
    reason: str = "",
) -> Transfer:
    """Write one transaction of a payment's money: debits positive, credits negative, together zero."""
    if sum(moves.values()):
        raise ValueError(f"{dict(moves)} does not sum to zero")
    with transaction.atomic():
        made = Transfer.objects.create(
            payment=payment, act=act, at=at, by_id=by.pk, by_name=by.display_name, reason=reason[:500]
        )
        Posting.objects.bulk_create(
            Posting(transfer=made, account=account, amount=amount)
            for account, amount in moves.items()
            if amount
        )
    return made


def held(account: str) -> int:
    """The money that lies in an account, in PKR."""
    return -(Posting.objects.filter(account=account).aggregate(sum=Sum("amount"))["sum"] or 0)


def lies(payment: Payment) -> dict[str, int]:
    """Where a payment's money lies now: account and PKR; nowhere once the bank took it back."""
    rows = Posting.objects.filter(transfer__payment=payment).exclude(account=BANK)
    sums = rows.values("account").annotate(sum=Sum("amount")).exclude(sum=0).order_by("account")
    return {row["account"]: -row["sum"] for row in sums}


def loose(payment: Payment) -> dict[str, int]:
    """The part of a payment's money that pays for nothing yet: in suspense or a student's credit."""
    return {
        account: amount
        for account, amount in lies(payment).items()
        if account == SUSPENSE or account.startswith(CREDIT)
    }


def loose_of(payments: Iterable[Payment]) -> dict[int, int]:
    """How much of each payment's money pays for nothing yet, by its key."""
    rows = Posting.objects.filter(transfer__payment__in=payments)
    rows = rows.filter(Q(account=SUSPENSE) | Q(account__startswith=CREDIT))
    return {pk: -total for pk, total in rows.values_list("transfer__payment").annotate(sum=Sum("amount"))}


def payments_in(account: str) -> list[tuple[Payment, int]]:
    """The payments whose money lies in an account, oldest first, each with how much of it."""
    rows = Posting.objects.filter(account=account).values("transfer__payment").annotate(sum=Sum("amount"))
    sums = {row["transfer__payment"]: -row["sum"] for row in rows if row["sum"]}
    return [(payment, sums[payment.pk]) for payment in Payment.objects.filter(pk__in=sums).order_by("pk")]


def totals() -> dict[str, int]:
    """What came from the bank, and where it lies, in PKR; the first is the sum of the others."""
    group = Case(
        When(account__startswith=CHALLANS, then=Value("challans")),
        When(account__startswith=CREDIT, then=Value("credit")),
        default=F("account"),
    )
    rows = Posting.objects.annotate(group=group).values_list("group").annotate(sum=Sum("amount")).order_by()
    sums = dict(rows)
    return {name: sums.get(name, 0) if name == BANK else -sums.get(name, 0) for name in GROUPS}


def check_ledger() -> list[str]:
    """Name every fault of the ledger; empty where it is whole."""
    return [*_uneven_transfers(), *_payments_not_booked(), *_challans_not_true(), *_strange_accounts()]


def _uneven_transfers() -> Iterator[str]:
    sums = Transfer.objects.annotate(sum=Coalesce(Sum("postings__amount"), 0), lines=Count("postings"))
    for row in sums.filter(~Q(sum=0) | Q(lines__lt=2)).order_by("pk").iterator():
        yield f"transfer {row.pk}: its {row.lines} postings sum to {row.sum}"


def _payments_not_booked() -> Iterator[str]:
    booked = Sum("transfers__postings__amount", filter=Q(transfers__postings__account=BANK))
    rows = Payment.objects.annotate(
        booked=Coalesce(booked, 0),
        should=Case(
            When(Q(kind=PaymentKind.PAYMENT, reversed_by__isnull=True), then=F("amount")), default=Value(0)
        ),
    )
    for row in rows.exclude(booked=F("should")).order_by("pk").iterator():
        yield f"payment {row}: {row.booked} booked at the bank, {row.should} expected"


def _challans_not_true() -> Iterator[str]:
    sums = dict(
        Posting.objects.filter(account__startswith=CHALLANS)
        .values_list("account")
        .annotate(sum=Sum("amount"))
        .order_by()
    )
    for challan in Challan.objects.order_by("pk").iterator(2000):
        paid = -sums.get(of_challan(challan.number), 0)
        if not 0 <= paid <= (0 if challan.cancelled_at else challan.amount):
            yield f"challan {challan.number}: {paid} paid, which its {challan.amount} cannot hold"
        elif not challan.cancelled_at and (challan.settled_at is not None) != (paid == challan.amount):
            yield f"challan {challan.number}: {paid} of {challan.amount} paid, yet marked otherwise"


def _strange_accounts() -> Iterator[str]:
    numbers = {of_challan(number) for number in Challan.objects.values_list("number", flat=True)}
    named = Posting.objects.filter(account__startswith=CHALLANS).values_list("account", flat=True)
    for account in sorted(set(named.distinct().iterator()) - numbers):
        yield f"account {account}: belongs to no challan"
    rows = Posting.objects.values_list("account").annotate(sum=Sum("amount")).order_by("account")
    for account, total in rows.exclude(account=BANK).filter(sum__gt=0):
        yield f"account {account}: is overdrawn by {total}"
