"""Several at the same instant: one wins, the others read why, and nothing is done twice."""

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection

from degreetrack.accounts.models import Role
from degreetrack.applications import custody, services, wishes
from degreetrack.applications.lifecycle import State
from degreetrack.applications.models import Application, Bearer
from degreetrack.applications.reminders import remind_due
from degreetrack.journal.services import timeline
from degreetrack.journal.verification import verify
from degreetrack.kit.refusals import Refused
from degreetrack.notifications.models import Notice
from tests.life import applicant_of

pytestmark = pytest.mark.django_db(transaction=True)


def _at_once(acts: list[Callable[[], object]]) -> list[object]:
    """Do all at one instant; what each returned, or the words of its refusal."""
    start = threading.Barrier(len(acts))
    outcomes: list[object] = []

    def act(one: Callable[[], object]) -> None:
        start.wait()
        try:
            outcomes.append(one())
        except Refused as refusal:
            outcomes.append(str(refusal))
        finally:
            connection.close()

    threads = [threading.Thread(target=act, args=(one,)) for one in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


def _verbs(application: Application) -> list[str]:
    return [entry.verb for entry in timeline(application.stream) if entry.verb != "notice"]


def test_of_two_people_one_wins_and_the_other_reads_why(in_state, person):
    application = in_state()
    people = [person(Role.SCRUTINY) for _ in range(8)]

    outcomes = _at_once(
        [lambda by=by: services.move(application.tracking_id, "check", by=by).state for by in people]
    )

    stands = "Papers complete, waiting for verification"
    why = f"“Papers complete” is not possible now. The application stands at: {stands}."
    assert sorted(outcomes) == sorted([State.CHECKED, *[why] * 7])
    assert Application.objects.get().state == State.CHECKED
    assert _verbs(application) == ["submit", "check"]
    assert verify() == []


def test_more_time_asked_for_twice_at_once_is_given_once(in_state):
    application = in_state(State.OBJECTED)
    by = applicant_of(application)

    outcomes = _at_once([lambda: services.move(application.tracking_id, "extend", by=by).state] * 6)

    why = "More time was given for these objections already; it is given once."
    assert sorted(outcomes) == sorted([State.OBJECTED, *[why] * 5])
    assert _verbs(application) == ["submit", "object", "extend"]
    assert Application.objects.get().limit_on < application.limit_on + timedelta(days=30)


def test_workers_at_once_send_one_reminder(in_state):
    cases = [in_state(State.OBJECTED) for _ in range(3)]
    at = cases[0].state_since + timedelta(days=8)

    outcomes = _at_once([lambda: remind_due(at=at)] * 5)

    assert sum(outcomes) == 3
    assert [_verbs(case) for case in cases] == [["submit", "object", "remind"]] * 3
    assert Notice.objects.filter(template="reminder").count() == 3
    assert verify() == []


def test_codes_tried_at_once_are_all_counted(in_state, clerks):
    application = in_state(State.SIGNED)
    code = wishes.authorise_bearer(
        application.tracking_id, by=applicant_of(application), name="Bilal Khan", cnic="6110112345671"
    )
    wrong = {"handed_to": "x", "bearer_code": f"{(int(code) + 1) % 10**6:06}"}
    clerk = clerks(Role.DISPATCH)

    outcomes = _at_once([lambda: services.move(application.tracking_id, "hand_over", by=clerk, **wrong)] * 8)

    assert sum("Tries left" in str(outcome) for outcome in outcomes) == 4
    assert sum("too often" in str(outcome) for outcome in outcomes) == 1
    assert sum("No bearer" in str(outcome) for outcome in outcomes) == 3
    assert Bearer.objects.get().tries == 5


def test_of_two_colleagues_who_scan_one_file_one_receives_it(in_state, person):
    application = in_state()
    people = [person(Role.PRINTING) for _each in range(6)]

    outcomes = _at_once(
        [
            lambda by=by: custody.receive_paper(application.tracking_id, by=by).paper_section_id
            for by in people
        ]
    )

    already = "It is here already, since today."
    assert sorted(outcomes) == sorted(["only-printing", *[already] * 5])
    assert _verbs(application) == ["submit", "paper_received"]


def test_of_two_sections_at_once_each_step_stands_in_the_chain(in_state, person):
    application = in_state()
    people = [person(role) for role in (Role.SCRUTINY, Role.VERIFICATION, Role.APPROVAL, Role.PRINTING)]

    _at_once([lambda by=by: custody.receive_paper(application.tracking_id, by=by) for by in people])

    *_before, last = custody.trail(timeline(application.stream), now=application.state_since)
    assert _verbs(application) == ["submit", *["paper_received"] * 4]
    assert Application.objects.get().paper_section.name == last.place
    assert verify() == []
