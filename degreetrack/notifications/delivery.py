"""Send what is due: claimed under a lease, with no transaction open, each outcome written down."""

import logging
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Event

from django.conf import settings
from django.db import close_old_connections, connection, transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone

from degreetrack.journal.services import record_many
from degreetrack.kit.claiming import claim, lapsed
from degreetrack.kit.rows import with_told, without_waiting
from degreetrack.notifications import addresses, receipts
from degreetrack.notifications.channels import Cut, Down, Heard, Outcome, Permanent, Way
from degreetrack.notifications.channels.console import Console
from degreetrack.notifications.channels.email import Email
from degreetrack.notifications.channels.http_sms import HttpGateway
from degreetrack.notifications.channels.smpp import Smpp
from degreetrack.notifications.models import Channel, Fate, Line, Notice, Priority
from degreetrack.notifications.services import OUTBOX
from degreetrack.notifications.sms_text import parts
from degreetrack.notifications.terms import is_quiet, pause

log = logging.getLogger("degreetrack.notifications")
# Longer than the slowest talk with a provider, so that nobody sends what is being sent; after MOST
# seconds of it nothing more is begun.
LEASE, MOST, DOUBLED = timedelta(seconds=180), 60.0, 7
LONGEST_PAUSE = 300.0
# So many are claimed at once. Those that a killed worker had not begun wait for the end of the lease.
BATCH = 200


def way_out(channel: Channel) -> Way:
    """The way that the settings name for a channel."""
    if channel == Channel.EMAIL:
        return Email()
    if settings.SMPP:
        return Smpp()
    return HttpGateway() if settings.SMS_HTTP else Console()


@dataclass
class Clock:
    """What time it is, and how to wait; a simulation has its own."""

    now: Callable[[], datetime] = timezone.now
    sleep: Callable[[float], object] = time.sleep


class Delivery:
    """One worker's hold on one channel: its connection, and how it has been doing.

    A provider that is away is tried again after pauses that double, with one notice first; the others
    wait, and no attempt of theirs is counted.
    """

    def __init__(self, channel: Channel, clock: Clock | None = None) -> None:
        self.channel = channel
        self.clock = clock or Clock()
        self.way = way_out(channel)
        self._troubles = 0
        self._shut_until = self.clock.now()

    def run(self, stop: Event, pause_for: float) -> None:
        """Deliver until told to stop."""
        while not stop.is_set():
            close_old_connections()
            try:
                more = self.round()
            except Exception:
                log.exception("delivery by %s failed; it is tried again after a pause", self.channel)
                more = 0
            if not more:
                stop.wait(pause_for)
        self.way.close()

    def round(self, *, limit: int = 1000) -> int:
        """Take in what the provider says, send a batch of what is due; say how many were tried."""
        now = self.clock.now()
        # No pause is longer: beyond that the clock was set back since.
        if now < self._shut_until < now + timedelta(seconds=2 * LONGEST_PAUSE):
            return 0
        try:
            self._take_in(self.way.hear())
        except Down as fault:
            self._trouble(fault)
            return 0
        claimed = self._claim(min(limit, 1 if self._troubles else BATCH))
        to_send = self._worth_sending(claimed)
        if to_send:
            self._send(to_send)
            self._take_in(self._listen())
        return len(claimed)

    def _listen(self) -> Heard:
        try:
            return self.way.hear()
        except Down as fault:
            self._trouble(fault)
            return Heard()

    def _send(self, notices: list[Notice]) -> None:
        """Send them, and write down what came of each as it comes; what was not tried goes back as it was.

        Where it cannot be written down, nothing goes back: what may have been sent waits for the end of
        its lease, so that a fault of ours does not send it again and again.
        """
        left = {notice.pk for notice in notices}
        for outcomes in self.way.send(notices, seconds=MOST):
            self._write(outcomes)
            left -= {o.notice.pk for o in outcomes if not isinstance(o.fault, Down)}
        Notice.objects.filter(pk__in=left).update(fate=Fate.QUEUED, leased_until=None)

    def _claim(self, limit: int) -> list[Notice]:
        """Up to so many of what is due, most pressing first, for which the rate leaves room now.

        What a killed worker left behind comes first and one at a time: if one of them is what kills
        workers, it alone is tried ever more seldom, until nobody needs it any more.
        """
        now = self.clock.now()
        mine = Notice.objects.filter(channel=self.channel)
        if is_quiet(now):
            mine = mine.filter(priority=Priority.AT_ONCE)
        over = Q(deaths__lte=1) & lapsed(now, longest=LEASE) | lapsed(now, longest=LEASE * 2**DOUBLED)
        abandoned = mine.filter(over, fate=Fate.SENDING).order_by("leased_until")
        queued = mine.filter(fate=Fate.QUEUED, due_at__lte=now).order_by("priority", "due_at")
        if not self.way.rate:
            return self._take_up(abandoned, now) or self._begin(queued, now, limit)
        with transaction.atomic():
            line, _made = Line.objects.select_for_update().get_or_create(channel=self.channel)
            free_at = max(line.next_at or now, now)
            if free_at > now + timedelta(seconds=LONGEST_PAUSE):
                free_at = now
            if free_at > now + timedelta(seconds=1):
                return []
            # A quarter of a second's worth at once, so that the centre sees an even stream.
            room = min(limit, max(1, self.way.rate // 4))
            claimed = self._take_up(abandoned, now) or self._begin(queued, now, room)
            size = sum(parts(notice.body) if self.channel == Channel.SMS else 1 for notice in claimed)
            if claimed:
                line.next_at = free_at + timedelta(seconds=size / self.way.rate)
                line.save(update_fields=["next_at"])
        if claimed and free_at > now:
            self.clock.sleep((free_at - now).total_seconds())
        return claimed

    def _begin(self, due: QuerySet[Notice], now: datetime, limit: int) -> list[Notice]:
        claimed = claim(due, now=now, lease=LEASE, limit=limit, fate=Fate.SENDING)
        for notice in claimed:
            notice.fate = Fate.SENDING
        return claimed

    def _take_up(self, abandoned: QuerySet[Notice], now: datetime) -> list[Notice]:
        """The first that a killed worker left; its lease doubles with each worker that it outlives."""
        found = claim(abandoned, now=now, lease=LEASE, limit=1, deaths=F("deaths") + 1)
        for notice in found:
            notice.deaths += 1
            notice.leased_until = now + LEASE * 2 ** min(notice.deaths - 1, DOUBLED)
            notice.save(update_fields=["leased_until"])
        return found

    def _worth_sending(self, claimed: list[Notice]) -> list[Notice]:
        """Without those that are too late, overtaken by newer news, or stopped since by the recipient."""
        now = self.clock.now()
        same = {name: OuterRef(name) for name in ("stream", "channel", "topic")}
        newer = Notice.objects.filter(pk__gt=OuterRef("pk"), **same)
        asked = Notice.objects.filter(pk__in=[n.pk for n in claimed if n.topic])
        overtaken = set(asked.filter(Exists(newer)).values_list("pk", flat=True)) if claimed else set()
        news = {n.to for n in claimed if n.priority != Priority.AT_ONCE}
        stopped = addresses.stopped(self.channel, news)
        kept, gone = [], []
        for notice in claimed:
            notice.ended_at = now
            if notice.pk in overtaken:
                notice.fate, notice.problem = Fate.DROPPED, "overtaken by newer news"
            elif notice.priority != Priority.AT_ONCE and notice.to in stopped:
                notice.fate, notice.problem = Fate.DROPPED, "its owner wants no news there"
            elif notice.expires_at <= now:
                notice.fate = Fate.EXPIRED
                notice.problem = notice.problem or "it could not be sent in time"
            else:
                notice.ended_at = None
                kept.append(notice)
                continue
            gone.append(notice)
        _save_each(gone, at=now)
        return kept

    def _write(self, outcomes: list[Outcome]) -> None:
        """Write down what came of each; those for which the provider was away are left alone."""
        now = self.clock.now()
        changed = [
            _judge(o.notice, o.fault, now) for o in outcomes if o.fault and not isinstance(o.fault, Down)
        ]
        _save_sent([o for o in outcomes if o.fault is None], at=now)
        _save_each(changed, at=now)
        for outcome in outcomes:
            if isinstance(outcome.fault, Permanent) and outcome.fault.bad_address:
                addresses.mark_failed(self.channel, outcome.notice.to, outcome.notice.problem, at=now)
        self._judge_line(outcomes)

    def _judge_line(self, outcomes: list[Outcome]) -> None:
        faults = [o.fault for o in outcomes if isinstance(o.fault, (Cut, Down))]
        if faults:
            self._trouble(faults[-1])
        elif outcomes and self._troubles:
            self._troubles = 0
            Line.objects.filter(channel=self.channel).update(shut_until=None)

    def _trouble(self, fault: Exception) -> None:
        """Shut the line for a pause that doubles with each trouble, up to five minutes."""
        self._troubles += 1
        wait = min(LONGEST_PAUSE, 2.0 ** min(self._troubles, 10)) * random.uniform(0.8, 1.2)  # noqa: S311  # nosec B311
        now = self.clock.now()
        self._shut_until = now + timedelta(seconds=wait)
        log.warning("%s is tried again in %.0f s: %s", self.channel, wait, fault)
        told = {"shut_until": self._shut_until, "problem": str(fault)[:300], "problem_at": now}
        Line.objects.update_or_create(channel=self.channel, defaults=told)

    def _take_in(self, heard: Heard) -> None:
        """Write down receipts and texts, then tell the provider that we have them."""
        receipts.take(self.channel, heard.receipts, at=self.clock.now())
        receipts.keep(heard.texts, at=self.clock.now())
        heard.settle()


def deliver_due(*, now: datetime | None = None, limit: int = 1000) -> int:
    """Send by each channel what is due now, until nothing is left or the line is shut; say how many."""
    tried = 0
    began = timezone.now()
    clock = Clock(now=lambda: (now or began) + (timezone.now() - began))
    for channel in Channel:
        delivery = Delivery(channel, clock)
        while tried < limit and (more := delivery.round(limit=limit - tried)):
            tried += more
        delivery.way.close()
    return tried


def _judge(notice: Notice, fault: Exception, now: datetime) -> Notice:
    """What becomes of a notice that did not go: again after a pause that grows, or given up."""
    notice.attempts += 1
    notice.problem = str(fault)[:300]
    if isinstance(fault, Permanent):
        notice.fate, notice.permanent, notice.ended_at = Fate.FAILED, True, now
        return notice
    wait = pause(Priority(notice.priority), notice.attempts)
    if wait is None:
        notice.fate, notice.ended_at = Fate.FAILED, now
        return notice
    notice.fate, notice.due_at = Fate.QUEUED, now + wait
    log.warning("notice %s is tried again in %d s: %s", notice.pk, wait.total_seconds(), notice.problem)
    return notice


def _save_sent(outcomes: list[Outcome], *, at: datetime) -> None:
    """Those that a provider took, in as many statements for a whole window as for one."""
    if not outcomes:
        return
    notices = [outcome.notice for outcome in outcomes]
    for notice in notices:
        notice.fate, notice.problem = Fate.SENT, ""
    with transaction.atomic():
        with without_waiting():
            with_told(
                "UPDATE notifications_notice SET fate = 'sent', sent_at = %s, attempts = attempts + 1,"
                " problem = '', leased_until = NULL WHERE id IN (SELECT id FROM told)",
                [{"id": notice.pk} for notice in notices],
                connection.ops.adapt_datetimefield_value(at),
                id="bigint",
            )
            _journal(notices, at=at)
            early = receipts.expect(outcomes, at=at)
        receipts.take(Channel.SMS, early, at=at)


def _save_each(notices: list[Notice], *, at: datetime) -> None:
    if not notices:
        return
    with transaction.atomic():
        for notice in notices:
            notice.leased_until = None
            notice.save()
        _journal([n for n in notices if n.fate != Fate.QUEUED], at=at)


def _journal(notices: list[Notice], *, at: datetime) -> None:
    """Once in a transaction: it holds the streams of all, in one order everywhere."""
    told = []
    for notice in notices:
        after = {"notice": notice.pk, "channel": notice.channel, "problem": notice.problem}
        told.append((notice.stream, str(notice.fate), after))
    record_many(told, by=OUTBOX, at=at)
