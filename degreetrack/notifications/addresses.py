"""What is known of addresses: who wants no news there, and where nothing arrives."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from degreetrack.accounts.models import Actor
from degreetrack.journal.services import ByWhom, record
from degreetrack.notifications.models import Address, Channel, Priority

RECIPIENT = Actor("recipient")
# After so long an address that failed is tried again: people make room and renew their SIMs.
FORGIVEN = timedelta(days=30)


def known_of(places: Iterable[tuple[Channel, str]]) -> dict[tuple[Channel, str], Address]:
    """What is known of some addresses; most have never given cause to know anything."""
    rows = Address.objects.filter(channel__in=Channel.values, to__in={to for _channel, to in places})
    return {(Channel(row.channel), row.to): row for row in rows}


def any_known_in_sql(*places: str) -> str:
    """A condition of SQL: whether anything is known of any of these addresses."""
    # With the channels, which come first in the index.
    channels = ", ".join(f"'{channel}'" for channel in Channel)
    return (
        f"EXISTS (SELECT FROM notifications_address WHERE channel IN ({channels})"  # nosec B608
        f' AND "to" IN ({", ".join(places)}))'
    )


def why_not(known: Address | None, priority: Priority, *, at: datetime) -> str:
    """Why news shall not go to an address; empty where it may. What somebody waits for always may."""
    if priority == Priority.AT_ONCE:
        return ""
    if known and known.stopped_at:
        return "its owner wants no news there"
    if known and known.failed_at and at < known.failed_at + FORGIVEN:
        return f"nothing arrives there: {known.problem}"[:300]
    return ""


def stop(channel: Channel, to: str, *, by: ByWhom = RECIPIENT, at: datetime | None = None) -> None:
    """Send no more news to an address; codes that its owner asks for still go."""
    with transaction.atomic():
        row = _note(channel, to, stopped_at=at or timezone.now())
        record(f"address/{row.pk}", "news_stopped", by=by, after={"channel": channel}, at=at)


def resume(channel: Channel, to: str, *, by: ByWhom = RECIPIENT) -> None:
    """Send news to an address again."""
    with transaction.atomic():
        row = _note(channel, to, stopped_at=None)
        record(f"address/{row.pk}", "news_resumed", by=by, after={"channel": channel})


def mark_failed(channel: Channel, to: str, problem: str, *, at: datetime | None = None) -> None:
    """Note that an address refused a message for good."""
    _note(channel, to, failed_at=at or timezone.now(), problem=problem[:300])


def mark_good(channel: Channel, addresses: Iterable[str]) -> None:
    """Note that messages arrived after all."""
    failed = Address.objects.filter(channel=channel, to__in=set(addresses), failed_at__isnull=False)
    failed.update(failed_at=None, problem="")


def known(email: str, mobile: str) -> dict[str, Address]:
    """What is known of a person's two addresses, by channel."""
    rows = [*Address.objects.filter(channel=Channel.EMAIL, to=email)]
    rows += Address.objects.filter(channel=Channel.SMS, to=mobile)
    return {row.channel: row for row in rows if row.to}


def stopped(channel: Channel, addresses: Iterable[str]) -> set[str]:
    """Those of these addresses whose owners want no news."""
    rows = Address.objects.filter(channel=channel, to__in=set(addresses), stopped_at__isnull=False)
    return set(rows.values_list("to", flat=True))


def _note(channel: Channel, to: str, **what: datetime | str | None) -> Address:
    return Address.objects.update_or_create(channel=channel, to=to, defaults=what)[0]
