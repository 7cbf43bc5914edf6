"""What providers tell later: delivered, expired, bounced, complained; and what people send us by SMS."""

import re
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.utils import timezone

from degreetrack.accounts.models import Actor
from degreetrack.journal.services import record_many
from degreetrack.kit.phones import to_e164
from degreetrack.kit.rows import read_with_told, with_told
from degreetrack.notifications import addresses
from degreetrack.notifications.channels import Outcome, Receipt, Text
from degreetrack.notifications.models import Channel, Fate, Incoming, Notice, Part

PROVIDER = Actor("provider")
# Ids may come again after a centre restarts: only those of so late count.
RECENT = timedelta(days=8)


def take(channel: Channel, told: Iterable[Receipt], *, at: datetime) -> int:
    """Tie receipts to their notices; say how many were known. Told twice, nothing changes."""
    told = [_clean(receipt) for receipt in told]
    if not told:
        return 0
    with transaction.atomic():
        wanted = {form for receipt in told for form in _forms(receipt.provider_id)}
        rows = Part.objects.select_for_update().filter(provider_id__in=wanted, at__gte=at - RECENT)
        known: dict[str, list[Part]] = {}
        for row in rows.exclude(notice=None).order_by("-at", "-pk"):
            known.setdefault(row.provider_id, []).append(row)
        found = 0
        touched: dict[int, datetime] = {}
        for receipt in told:
            part = _whose(receipt, known)
            if part is None:
                _keep_early(receipt, at)
                continue
            found += 1
            if part.fate == Fate.SENT:
                part.fate, part.problem = receipt.fate, receipt.problem[:300]
                part.save(update_fields=["fate", "problem"])
                touched[part.notice_id or 0] = at
        _end(channel, list(touched), at)
    return found


def expect(outcomes: list[Outcome], *, at: datetime) -> list[Receipt]:
    """Write down by which ids a provider took them; return the receipts that came before we had, to take."""
    taken = [
        {"notice": o.notice.pk, "id": given.replace("\0", "")[:255], "address": o.notice.to}
        for o in outcomes
        for given in o.ids
    ]
    if not taken:
        return []
    when, since = (connection.ops.adapt_datetimefield_value(moment) for moment in (at, at - RECENT))
    with_told(
        'INSERT INTO notifications_part (notice_id, provider_id, "to", at, fate, problem)'
        " SELECT notice, id, address, %s, 'sent', '' FROM told",
        taken, when, notice="bigint", id="text", address="text",
    )  # fmt: skip
    early = read_with_told(
        "DELETE FROM notifications_part WHERE notice_id IS NULL AND at >= %s"
        ' AND provider_id IN (SELECT id FROM told) RETURNING provider_id, "to", fate, problem',
        taken, since, id="text",
    )  # fmt: skip
    return [Receipt(*row) for row in early]


def _clean(receipt: Receipt) -> Receipt:
    """Without what a database does not keep: one bad receipt must not come again and again."""
    provider_id, to = (text.replace("\0", "")[:250] for text in (receipt.provider_id, receipt.to))
    return Receipt(provider_id, to, receipt.fate, receipt.problem.replace("\0", "")[:300])


def _forms(provider_id: str) -> set[str]:
    """An id as centres write it: some answer in hexadecimal and tell receipts in decimal."""
    forms = {provider_id, provider_id.lstrip("0")}
    if provider_id.isdecimal() and len(provider_id) <= 20:
        forms |= {f"{int(provider_id):x}", f"{int(provider_id):X}"}
    if re.fullmatch("[0-9a-fA-F]{1,20}", provider_id):
        forms.add(str(int(provider_id, 16)))
    return forms - {""}


def _whose(receipt: Receipt, known: dict[str, list[Part]]) -> Part | None:
    """The part of a receipt: same id, same number, exact ids before rewritten ones."""
    sender = to_e164(receipt.to) or receipt.to
    for form in [receipt.provider_id, *sorted(_forms(receipt.provider_id) - {receipt.provider_id})]:
        for part in known.get(form, []):
            if not receipt.to or part.to == sender:
                return part
    return None


def _keep_early(receipt: Receipt, at: datetime) -> None:
    Part.objects.create(
        provider_id=receipt.provider_id[:255],
        to=(to_e164(receipt.to) or receipt.to)[:254],
        at=at,
        fate=receipt.fate,
        problem=receipt.problem[:300],
    )


def _end(channel: Channel, pks: list[int], at: datetime) -> None:
    """Give each notice the fate of its parts: one part lost, all lost; delivered when all are."""
    changed: list[Notice] = []
    for notice in Notice.objects.select_for_update().filter(pk__in=pks).prefetch_related("parts"):
        fates = {part.fate: part.problem for part in notice.parts.all()}
        for fate in (Fate.FAILED, Fate.EXPIRED):
            if fate in fates:
                _conclude(notice, fate, fates[fate], at, changed)
                break
        else:
            if set(fates) == {Fate.DELIVERED}:
                _conclude(notice, Fate.DELIVERED, "", at, changed)
    _finish(channel, changed, at)


def _conclude(notice: Notice, fate: str, problem: str, at: datetime, changed: list[Notice]) -> None:
    if notice.fate in (Fate.SENT, Fate.SENDING, Fate.QUEUED):
        notice.fate, notice.problem, notice.ended_at = fate, problem, at
        notice.permanent = fate == Fate.FAILED
        notice.leased_until = None
        changed.append(notice)


def _finish(channel: Channel, changed: list[Notice], at: datetime) -> None:
    for notice in changed:
        notice.save(update_fields=["fate", "problem", "ended_at", "permanent", "leased_until"])
        if notice.fate == Fate.FAILED:
            addresses.mark_failed(channel, notice.to, notice.problem, at=at)
    addresses.mark_good(channel, [n.to for n in changed if n.fate == Fate.DELIVERED])
    told = [
        (n.stream, str(n.fate), {"notice": n.pk, "channel": n.channel, "problem": n.problem}) for n in changed
    ]
    record_many(told, by=PROVIDER, at=at)


def take_mail(
    message_id: str, *, to: str, fate: Fate, problem: str, stop: bool = False, at: datetime
) -> bool:
    """Take in what became of an e-mail, by its Message-ID or the provider's; say whether it is known.

    A complaint (`stop`) is a wish for no more news.
    """
    with transaction.atomic():
        rows = Notice.objects.select_for_update(of=("self",)).filter(channel=Channel.EMAIL)
        notice = rows.filter(provider_id=message_id).first()
        if notice is None:
            part = Part.objects.filter(provider_id=message_id).exclude(notice=None).first()
            notice = rows.filter(parts=part).first() if part else None
        if notice is None or (to and to.casefold() != notice.to.casefold()):
            return False
        if stop:
            addresses.stop(Channel.EMAIL, notice.to, at=at)
            return True
        changed: list[Notice] = []
        _conclude(notice, fate, problem[:300], at, changed)
        if fate == Fate.FAILED and not changed and notice.fate == Fate.DELIVERED:
            # Taken by the next server, and sent back by the one after it.
            notice.fate = Fate.SENT
            _conclude(notice, fate, problem[:300], at, changed)
        _finish(Channel.EMAIL, changed, at)
    return True


def keep(texts: Iterable[Text], *, at: datetime) -> None:
    """Keep what people sent; it is answered by the worker. Senders that are no telephone are left out."""
    rows = []
    for text in texts:
        sender = "".join(filter(str.isdigit, text.sender))
        if 8 <= len(sender) <= 15:
            number = to_e164(text.sender) or f"+{sender}"
            rows.append(Incoming(sender=number, text=text.text.replace("\0", "").strip()[:320], at=at))
    Incoming.objects.bulk_create(rows)


def forget_old_texts(*, at: datetime | None = None) -> int:
    """Delete last month's texts and receipts that nobody claimed; say how many."""
    at = at or timezone.now()
    month = at - timedelta(days=30)
    texts = Incoming.objects.filter(at__lt=month).delete()[0]
    return texts + Part.objects.filter(notice=None, at__lt=at - RECENT).delete()[0]
