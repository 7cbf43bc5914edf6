"""48 hours with the SMS provider away for 6 of them, on a clock of the test, against a real centre."""

import random
from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from degreetrack.accounts.models import Role
from degreetrack.applications import services
from degreetrack.applications.lifecycle import State
from degreetrack.applications.reminders import remind_due
from degreetrack.notifications.delivery import Clock, Delivery
from degreetrack.notifications.models import OPEN, Channel, Fate, Notice, Priority
from degreetrack.notifications.services import queue
from tests.life import facts_for
from tests.notifications.smpp_centre import Centre, Taken

pytestmark = pytest.mark.django_db
RATE, STEP = 4, timedelta(minutes=10)
HOUR = timedelta(hours=1)
AWAY, BACK = 8, 14


class Days:
    """A clock that only the test moves, and what arrived when."""

    def __init__(self, start: datetime) -> None:
        self.start = self.now = start
        self.arrived: list[tuple[timedelta, str]] = []

    def sleep(self, seconds: float) -> None:
        """Wait, in no time."""
        self.now += timedelta(seconds=seconds)

    def take(self, taken: Taken) -> None:
        """A message has come to the centre."""
        self.arrived.append((self.now - self.start, taken.text))


def _code(number: int, at: datetime) -> None:
    to = {"stream": f"student/{number}", "email": "", "mobile": "+923001234567", "language": "en"}
    context = {"code": f"code{number}", "institution": "U", "name": "n", "site": "x"}
    queue(
        "sign_in_code", context=context, priority=Priority.AT_ONCE, valid=timedelta(minutes=10), at=at, **to
    )


def _news(number: int, at: datetime) -> None:
    to = {"stream": f"student/{number}", "email": f"p{number}@example.org", "language": "en"}
    context = {"rest": f"no{number}no", "institution": "U", "portal_url": "x", "name": "n"}
    queue("fee_short", mobile=f"+92300{number:07}", context=context, at=at, **to)


def test_two_days_with_six_hours_of_silence(in_state, clerks, mailbox, settings, monkeypatch):
    monkeypatch.setattr("degreetrack.notifications.channels.email.Email.close", lambda self: None)
    settings.QUIET_HOURS = (22, 8)
    settings.SMS_PER_SECOND = RATE
    settings.SMS_SENDER = "U"
    cases = [in_state(State.OBJECTED, mobile="+923001112223", language="en") for _ in range(12)]
    Notice.objects.all().delete()
    midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    days = Days(midnight + timedelta(days=7))
    centre = Centre()
    centre.on_taken = days.take
    settings.SMPP = {
        "host": "127.0.0.1", "port": centre.port, "system_id": "us", "password": "x", "system_type": "",
        "tls": False, "window": 20,
    }  # fmt: skip
    clock = Clock(lambda: days.now, days.sleep)
    sms, mail = Delivery(Channel.SMS, clock), Delivery(Channel.EMAIL, clock)
    draw = random.Random(48)
    news = sorted((draw.uniform(0, 45), number) for number in range(600))
    troubles = mails_while_away = 0
    answered: set[str] = set()

    step = days.start
    while step < days.start + 48 * HOUR:
        days.now = max(days.now, step)
        passed = (step - days.start) / HOUR
        if passed == AWAY:
            centre.close()
        elif passed == BACK:
            mails_while_away = len(mailbox.mails)
            centre = Centre(centre.port)
            centre.on_taken = days.take
        while news and news[0][0] <= passed:
            _news(news.pop(0)[1], days.now)
        if passed % 1 == 0:
            _code(int(passed), days.now)
        remind_due(at=days.now)
        if passed == 10:
            for case in cases[:6]:
                facts = facts_for(case, {"answers": "all"})
                services.move(case.tracking_id, "answer", by=clerks(Role.RECEIPT), at=days.now, **facts)
                answered.add(case.tracking_id)
        step += STEP
        # What a worker does until then.
        while days.now < step:
            shut = days.now < sms._shut_until
            tried = sms.round() + mail.round()
            troubles += not shut and days.now < sms._shut_until
            if not tried:
                days.sleep(60)
    sms.way.close()
    centre.close()

    arrived = days.arrived
    told = {words for _at, words in arrived}
    assert (
        Notice.objects.filter(priority=Priority.NEWS, fate__in=[*OPEN, Fate.FAILED, Fate.EXPIRED]).count()
        == 0
    )
    for number in range(600):
        assert any(f"no{number}no" in words for words in told), f"news {number} was lost"
    assert len(arrived) == len(told), "each once"
    # No storm on return, and at no other time either.
    seconds = sorted(at.total_seconds() for at, _words in arrived)
    for first, last in zip(seconds, seconds[RATE + 1 :], strict=False):
        assert last - first >= 0.75
    # Away, it was asked seldom; mail went on.
    assert 60 <= troubles <= 130
    assert not [at for at, _words in arrived if AWAY * HOUR < at < BACK * HOUR]
    assert mails_while_away > 60
    # By night only codes went.
    for at, words in arrived:
        if not 8 <= (at / HOUR) % 24 < 22:
            assert "code" in words
    # Of the codes, only those that nobody could use any more are missing.
    late = set(range(AWAY, BACK))
    assert {number for number in range(48) if not any(f"code{number} " in w for w in told)} == late
    # Reminders that an answer has overtaken were not sent; the others were.
    reminders = Notice.objects.filter(template="reminder", channel="sms")
    assert reminders.filter(fate=Fate.DROPPED, problem="overtaken by newer news").count() == 6
    for case in cases:
        reminded = any("still waits on you" in w and case.tracking_id in w for w in told)
        assert reminded is (case.tracking_id not in answered)
