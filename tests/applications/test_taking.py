"""A move that passes the driver's cursors by does what it does the ordinary way; on PostgreSQL alone."""

from datetime import datetime, timedelta

import pytest
from django.db import DatabaseError, connection, connections, transaction
from django.db.backends.signals import connection_created
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from degreetrack.accounts.models import Role, User
from degreetrack.applicants.models import ContactClaim
from degreetrack.applications import holds, services
from degreetrack.applications.lifecycle import State
from degreetrack.applications.models import Application, Hold
from degreetrack.journal.models import Entry
from degreetrack.journal.services import record, timeline
from degreetrack.journal.verification import verify
from degreetrack.kit.prepared import direct
from degreetrack.kit.refusals import Refused
from degreetrack.notifications import addresses
from degreetrack.notifications.models import Notice
from tests import privacy
from tests.at_once import at_once

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="direct on PostgreSQL alone"),
]


@pytest.fixture(autouse=True)
def _unwatched(monkeypatch):
    """The run's own watch over what goes to the database would have every move take the ordinary way."""
    connection.ensure_connection()
    monkeypatch.setattr(connections["default"], "execute_wrappers", [])
    connection_created.disconnect(privacy._watch)
    assert direct()
    yield
    connection_created.connect(privacy._watch, weak=False)


def _told(application: Application) -> list[object]:
    """All that a move left behind, but for what is each case's own."""
    row = Application.objects.values().get(pk=application.pk)
    for own in ("id", "tracking_id", "result_id"):
        del row[own]
    notices = Notice.objects.filter(stream=application.stream).order_by("pk").values()
    said = [
        {**notice, "id": "", "stream": "", "provider_id": bool(notice["provider_id"])} for notice in notices
    ]
    for one in said:
        one["body"] = one["body"].replace(application.tracking_id, "ID")
        one["subject"] = one["subject"].replace(application.tracking_id, "ID")
    keys = [notice["id"] for notice in notices]
    afters = [entry.data["after"] | {"stock_no": ""} for entry in timeline(application.stream)]
    for after in afters:
        after["notice"] = keys.index(after.get("notice", keys[0]))
    lines = [
        (entry.sequence, entry.verb, entry.actor_id, entry.actor_name, entry.reason, entry.data["before"],
         after)
        for entry, after in zip(timeline(application.stream), afters, strict=True)
    ]  # fmt: skip
    return [row, said, lines, Hold.objects.filter(application=application).count()]


def _without_what_came_before(left: list, at: datetime) -> list:
    """The same without moments of earlier moves, which no two cases share, and without its mobile."""
    row, notices, *more = left
    now = [notice for notice in notices if notice["queued_at"] == at]
    for one in now:
        one["to"] = one["to"].replace(row["mobile"], "its mobile")
    since = {name: value for name, value in row.items() if not isinstance(value, datetime) or value == at}
    return [since | {"mobile": ""}, now, len(notices), *more]


def _nothing(_application: Application, _clerk: User) -> None:
    """An ordinary case."""


def _in_own_hand(application: Application, clerk: User) -> None:
    Hold.objects.create(
        application=application,
        user=clerk,
        taken_at=timezone.now(),
        until=timezone.now() + timedelta(minutes=20),
    )


def _wants_no_news(application: Application, _clerk: User) -> None:
    addresses.stop("sms", application.mobile)


def _has_a_newer_mobile(application: Application, _clerk: User) -> None:
    student, now = application.result.student, timezone.now()
    ContactClaim.objects.create(
        student=student, mobile="+923331112223", email="", language="en", made_at=now,
        standing=ContactClaim.Standing.CONFIRMED, decided_at=now,
    )  # fmt: skip


@pytest.mark.parametrize("before", [_nothing, _in_own_hand, _wants_no_news, _has_a_newer_mobile])
@pytest.mark.parametrize(
    ("state", "verb", "role", "facts"),
    [
        (State.RECEIVED, "check", Role.SCRUTINY, {}),
        (State.VERIFIED, "approve", Role.APPROVAL, {}),
        (State.VERIFIED, "reject", Role.APPROVAL, {"reason": "Not  this programme"}),
        (State.SIGNED, "dispatch", Role.DISPATCH, {"courier": "TCS", "consignment_no": "T\"1'\\"}),
    ],
)
def test_it_leaves_behind_what_the_ordinary_way_leaves(before, state, verb, role, facts, in_state, clerks):
    at, twins = timezone.now() + timedelta(days=1), []
    for number in range(2):
        # Each twin has a mobile of its own: what is known of one is not known of the other.
        mobile = f"+92300123456{number}"
        twins.append(in_state(state, mobile=mobile, email="a@example.org", language="ur"))
        Application.objects.filter(pk=twins[-1].pk).update(state_since=at - timedelta(days=1))
        before(twins[-1], clerks(role))

    assert direct()
    moved = services.move(twins[0].tracking_id, verb, by=clerks(role), at=at, **facts)
    with CaptureQueriesContext(connection):
        assert not direct()
        services.move(twins[1].tracking_id, verb, by=clerks(role), at=at, **facts)

    left = [_told(twin) for twin in twins]
    assert _without_what_came_before(left[0], at) == _without_what_came_before(left[1], at)
    assert moved.state == Application.objects.get(pk=moved.pk).state == left[0][0]["state"]
    assert verify() == []


def test_who_waited_for_another_goes_on_from_what_that_one_left(in_state, clerks):
    application, clerk = in_state(State.VERIFIED), clerks(Role.APPROVAL)

    outcomes = at_once(
        [lambda: services.move(application.tracking_id, "approve", by=clerk).state]
        + [lambda: record(application.stream, "view", by=clerk).verb] * 6
    )

    assert sorted(outcomes) == ["approved", *["view"] * 6]
    assert verify() == []
    assert [entry.sequence for entry in timeline(application.stream)] == list(
        range(1, Entry.objects.filter(stream=application.stream).count() + 1)
    )


def test_what_somebody_else_has_in_hand_is_refused_and_nothing_is_left(in_state, clerks, person):
    application, other = in_state(State.RECEIVED), person(Role.SCRUTINY, first_name="Bilal")
    holds.take_next(other, State.RECEIVED)
    before = _told(application)

    with pytest.raises(Refused, match="Bilal has this file in hand until"):
        services.move(application.tracking_id, "check", by=clerks(Role.SCRUTINY))

    assert _told(application) == before


def test_a_number_that_is_nobodys_is_refused(clerks):
    with pytest.raises(Refused, match="There is no such application"):
        services.move("EBN-AGZ-2G33", "check", by=clerks(Role.SCRUTINY))


def test_it_is_kept_with_the_end_of_the_block_around_it_alone(in_state, clerks):
    application = in_state(State.VERIFIED)
    before = _told(application)

    with pytest.raises(ZeroDivisionError), transaction.atomic():
        assert services.move(application.tracking_id, "approve", by=clerks(Role.APPROVAL)).state == "approved"
        raise ZeroDivisionError

    assert _told(application) == before


def test_what_the_database_refuses_undoes_all_of_it(in_state, clerks):
    application = in_state(State.VERIFIED)
    before = _told(application)
    with connection.cursor() as cursor:
        cursor.execute(
            "ALTER TABLE notifications_notice ADD CONSTRAINT none_of_approval"
            " CHECK (template <> 'approve') NOT VALID"
        )
    try:
        with pytest.raises(DatabaseError, match="none_of_approval"):
            services.move(application.tracking_id, "approve", by=clerks(Role.APPROVAL))
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE notifications_notice DROP CONSTRAINT none_of_approval")

    assert _told(application) == before
    assert services.move(application.tracking_id, "approve", by=clerks(Role.APPROVAL)).state == "approved"
