"""Files handed out by the head of a section, handed back by its clerks, and taken back."""

from datetime import timedelta

import pytest
from django.utils import timezone

from degreetrack.accounts.models import Role, User
from degreetrack.applications import assignments, holds, services
from degreetrack.applications.filters import Filter
from degreetrack.applications.lifecycle import State
from degreetrack.applications.models import Hold
from degreetrack.journal.services import timeline
from degreetrack.kit.refusals import Refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def head(person) -> User:
    """Who heads scrutiny."""
    return person(Role.SCRUTINY, username="head", supervisor=True)


@pytest.fixture
def clerk(person) -> User:
    """A clerk of scrutiny."""
    return person(Role.SCRUTINY, username="clerk")


def test_what_is_assigned_comes_before_what_is_older_and_waits_three_working_days(in_state, head, clerk):
    older, assigned = in_state(urgent=True), in_state()
    now = timezone.now()

    done = assignments.assign([assigned.tracking_id], to=clerk.pk, by=head, state=State.RECEIVED, at=now)

    assert done == 1
    held = Hold.objects.get()
    assert (held.user, held.assigned_by) == (clerk, head)
    assert timedelta(days=2) < held.until - now < timedelta(days=12)
    assert timezone.localtime(held.until).hour == 0
    assert holds.take_next(head, State.RECEIVED) == older
    assert holds.take_next(clerk, State.RECEIVED) == assigned
    assert Hold.objects.get(application=assigned).until == held.until, "looking at it shortens nothing"
    entry = timeline(assigned.stream)[-1]
    assert (entry.verb, entry.actor, entry.data["after"]) == ("assigned", head, {"to": "clerk"})


def test_what_is_assigned_comes_before_what_was_taken(in_state, head, clerk):
    taken, assigned = in_state(), in_state()
    holds.take_next(clerk, State.RECEIVED)
    assignments.assign([assigned.tracking_id], to=clerk.pk, by=head, state=State.RECEIVED)

    assert holds.take_next(clerk, State.RECEIVED) == assigned
    services.move(assigned.tracking_id, "check", by=clerk)
    assert holds.take_next(clerk, State.RECEIVED) == taken


def test_the_next_of_a_list_are_those_that_match_and_that_nobody_has(in_state, head, clerk, person):
    in_state()
    held, free, late = (in_state(kind="DEGREE") for _ in range(3))
    Hold.objects.create(
        application=held, user=person(Role.SCRUTINY), taken_at=timezone.now(),
        until=timezone.now() + timedelta(hours=1),
    )  # fmt: skip

    done = assignments.assign_next(
        1, to=clerk.pk, by=head, state=State.RECEIVED, chosen=Filter(kind="DEGREE")
    )

    assert done == 1
    assert Hold.objects.get(user=clerk).application == free
    assert not Hold.objects.filter(application=late).exists()
    for number in (0, 201):
        with pytest.raises(Refused):
            assignments.assign_next(number, to=clerk.pk, by=head, state=State.RECEIVED)


def test_a_file_is_reassigned_out_of_a_colleagues_hands_but_not_out_of_another_sections(
    in_state, head, clerk, person
):
    mine, other = in_state(), in_state()
    holds.take_next(person(Role.SCRUTINY, username="colleague"), State.RECEIVED)
    approver = person(Role.APPROVAL)
    Hold.objects.create(
        application=other, user=approver, taken_at=timezone.now(), until=timezone.now() + timedelta(hours=1)
    )

    ids = [mine.tracking_id, other.tracking_id]
    assert assignments.assign(ids, to=clerk.pk, by=head, state=State.RECEIVED) == 1

    assert set(Hold.objects.values_list("application", "user")) == {
        (mine.pk, clerk.pk),
        (other.pk, approver.pk),
    }
    with pytest.raises(Refused):
        assignments.take_back(other.tracking_id, by=head)


def test_an_assigned_file_is_handed_back_with_the_reason(in_state, head, clerk):
    application = in_state()
    assignments.assign([application.tracking_id], to=clerk.pk, by=head, state=State.RECEIVED)

    with pytest.raises(Refused, match="write why"):
        holds.hand_back(application.tracking_id, by=clerk)
    holds.hand_back(application.tracking_id, by=clerk, reason="I know the applicant")

    entry = timeline(application.stream)[-1]
    assert (entry.verb, entry.actor, entry.reason) == ("handed_back", clerk, "I know the applicant")
    assert Hold.objects.count() == 0


def test_the_head_takes_back_what_a_clerk_has_and_nobody_else_does(in_state, head, clerk, person):
    application = in_state()
    holds.take_next(clerk, State.RECEIVED)
    others = [
        clerk,
        person(Role.SCRUTINY),
        person(Role.APPROVAL, supervisor=True),
        person(Role.SCRUTINY, supervisor=True, office="lahore"),
        person(Role.AUDITOR),
    ]

    for other in others:
        with pytest.raises(Refused):
            assignments.take_back(application.tracking_id, by=other)
    assignments.take_back(application.tracking_id, by=head)

    entry = timeline(application.stream)[-1]
    assert (entry.verb, entry.actor, entry.data["after"]) == ("taken_back", head, {"from": "clerk"})
    assert Hold.objects.count() == 0


def test_only_a_head_assigns_and_only_to_their_own_clerks_who_work_there(in_state, head, clerk, person):
    application = in_state()
    ids, state = [application.tracking_id], State.RECEIVED
    gone = person(Role.SCRUTINY, is_active=False)
    elsewhere = person(Role.SCRUTINY, office="lahore")
    approver = person(Role.APPROVAL)

    for to in (gone, elsewhere, approver):
        with pytest.raises(Refused):
            assignments.assign(ids, to=to.pk, by=head, state=state)
    for by in (clerk, person(Role.AUDITOR, supervisor=True), person(Role.CONTROLLER, supervisor=True)):
        with pytest.raises(Refused):
            assignments.assign(ids, to=clerk.pk, by=by, state=state)
    with pytest.raises(Refused):
        assignments.assign(ids, to=clerk.pk, by=head, state=State.PRINTED)
    assert Hold.objects.count() == 0


def test_an_offices_head_assigns_only_what_that_office_sees(in_state, person):
    mine, other = in_state(State.OBJECTED, office="lahore"), in_state(State.OBJECTED, office="karachi")
    head = person(Role.REGIONAL, office="lahore", supervisor=True)
    clerk = person(Role.REGIONAL, office="lahore")
    ids = [mine.tracking_id, other.tracking_id]

    assert assignments.assign(ids, to=clerk.pk, by=head, state=State.OBJECTED) == 1
    assert assignments.assign_next(5, to=clerk.pk, by=head, state=State.OBJECTED) == 0
    assert Hold.objects.get().application == mine
