"""A clock that is set back by hours: nothing is lost, and nothing waits for it to come round again."""

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from degreetrack.accounts.models import Role
from degreetrack.applications import services
from degreetrack.applications.lifecycle import State
from degreetrack.applications.models import Redue
from degreetrack.applications.targets import redue_changed
from degreetrack.aside.services import Trying
from degreetrack.journal.services import seal_new, timeline
from degreetrack.journal.verification import verify
from degreetrack.kit.clock import compare_clocks
from degreetrack.notifications.delivery import LEASE, Clock, Delivery, deliver_due
from degreetrack.notifications.models import Channel, Fate, Line, Notice
from degreetrack.notifications.services import queue

pytestmark = pytest.mark.django_db
HOURS = timedelta(hours=3)


@pytest.fixture
def queued():
    def one() -> Notice:
        return queue(
            "fee_short", stream="student/1", email="p@example.org", mobile="", language="en",
            context={"rest": 1, "institution": "U", "portal_url": "x", "name": "n"},
            at=timezone.now() - timedelta(days=1),
        )[0]  # fmt: skip

    return one


@pytest.mark.parametrize("deaths", [0, 1, 2, 9])
def test_what_a_killed_worker_left_is_sent_though_the_clock_was_set_back(queued, mailbox, deaths):
    now = timezone.now()
    # Before it was set back it stood a day ahead.
    Notice.objects.filter(pk=queued().pk).update(
        fate=Fate.SENDING, deaths=deaths, leased_until=now + timedelta(days=1) + LEASE
    )

    deliver_due(now=now)

    assert (mailbox.recipients, Notice.objects.get().fate) == (["p@example.org"], Fate.SENT)


@pytest.mark.parametrize(("deaths", "lasts"), [(0, LEASE), (1, LEASE), (2, LEASE * 2), (9, LEASE * 128)])
def test_what_a_worker_has_under_its_hands_is_left_to_it(queued, mailbox, deaths, lasts):
    now = timezone.now()
    until = now + lasts - timedelta(seconds=1)
    Notice.objects.filter(pk=queued().pk).update(fate=Fate.SENDING, deaths=deaths, leased_until=until)

    deliver_due(now=now)

    assert (mailbox.recipients, Notice.objects.get().fate) == ([], Fate.SENDING)


def test_a_line_that_was_shut_before_the_clock_was_set_back_is_tried(queued, mailbox, settings):
    settings.MAIL_PER_SECOND = 5
    now, one = timezone.now(), queued()
    Line.objects.create(channel=Channel.EMAIL, next_at=now + HOURS)
    times = [now + HOURS, now]
    line = Delivery(Channel.EMAIL, Clock(now=lambda: times[-1]))
    line._shut_until = now + HOURS

    line.round()

    assert Notice.objects.get(pk=one.pk).fate == Fate.SENT


def test_work_that_a_killed_worker_had_is_gone_on_with_though_the_clock_was_set_back(in_state):
    in_state()
    Redue.objects.create(fingerprint="x", made_at=timezone.now(), leased_until=timezone.now() + HOURS)

    redue_changed()

    assert Redue.objects.get().done


def test_the_journals_order_is_that_of_its_writing_whatever_the_clock_says(in_state, clerks):
    application = in_state()
    now = application.received_at
    for verb, role, at in (
        ("check", Role.SCRUTINY, now + HOURS),
        ("verify", Role.VERIFICATION, now - HOURS),
        ("approve", Role.APPROVAL, now - 2 * HOURS),
    ):
        application = services.move(application.tracking_id, verb, by=clerks(role), at=at)
    seal_new(at=now - 4 * HOURS)
    seal_new(at=now - 5 * HOURS)

    told = [entry for entry in timeline(application.stream) if entry.data["after"].get("state")]
    assert [entry.verb for entry in told] == ["submit", "check", "verify", "approve"]
    assert [entry.at for entry in told] == [now, now + HOURS, now - HOURS, now - 2 * HOURS]
    assert (application.state, verify()) == (State.APPROVED, [])


def test_a_row_that_rests_is_not_held_back_by_a_clock_that_was_set_back(db):
    now = timezone.now()
    Trying("remind_due", at=now + HOURS).attempt("application/1", lambda: 1 / 0)

    assert Trying("remind_due", at=now).due == ["application/1"]
    assert Trying("remind_due", at=now + HOURS).resting == {"application/1"}


def test_clocks_that_are_apart_are_told(db, caplog):
    compare_clocks()
    assert caplog.text == ""

    ahead = compare_clocks(now=timezone.now() + timedelta(minutes=5))

    if connection.vendor == "postgresql":
        assert "s ahead of the database's: set both by NTP" in caplog.text
        assert timedelta(minutes=4) < ahead < timedelta(minutes=6)
    else:
        assert ahead == timedelta()
