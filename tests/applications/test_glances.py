"""All that a status page shows, in one statement."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from degreetrack.accounts.models import Role
from degreetrack.applications import glances, services
from degreetrack.applications.lifecycle import State
from degreetrack.applications.models import Application
from degreetrack.journal.services import timeline
from degreetrack.kit import remembering
from tests.life import applicant_of

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("state", State)
def test_a_glance_says_what_row_and_journal_say(state, in_state, django_assert_num_queries):
    application = in_state(state)

    with django_assert_num_queries(1):
        [glance] = glances.look_up(application.tracking_id.lower()).glances

    for name in (
        "pk", "tracking_id", "kind", "issue", "urgent", "state", "state_since", "received_at", "limit_on",
        "courier", "consignment_no", "closing_reason",
    ):  # fmt: skip
        assert getattr(glance, name) == getattr(application, name), name
    moves = [entry for entry in timeline(application.stream) if "state" in entry.data["after"]]
    assert [(past.verb, past.at, past.data["after"]["state"]) for past in glance.past] == [
        (entry.verb, entry.at, entry.data["after"]["state"]) for entry in moves
    ]
    assert glance == glances.glance_at(application)


def test_only_open_objections_are_seen_and_in_their_order(in_state, clerks):
    application = in_state()
    services.move(
        application.tracking_id,
        "object",
        by=clerks(Role.SCRUTINY),
        objections=[("no-signature", None), ("cnic-copy", None), (None, "The photograph is torn.")],
    )
    application.objections.filter(reason="no-signature").update(cleared_at=application.received_at)

    [glance] = glances.look_up(application.tracking_id).glances

    assert [defect.text_en for defect in glance.defects] == [
        "The attested copy of the CNIC is missing.",
        "The photograph is torn.",
    ]


def test_names_and_titles_come_in_both_languages(in_state):
    [glance] = glances.look_up(in_state().tracking_id).glances

    assert glance.names == ("Ayesha Siddiqa", "عائشہ صدیقہ")
    assert glance.titles == ("BS Computer Science", "بی ایس کمپیوٹر سائنس")


def test_by_roll_number_the_newest_comes_first(in_state):
    first = in_state()
    second = in_state(result=first.result, kind="DEGREE")
    Application.objects.filter(pk=first.pk).update(received_at=first.received_at - timedelta(days=1))

    seen = glances.look_up(first.result.roll_no)

    assert (seen.by, [glance.pk for glance in seen.glances]) == ("roll_no", [second.pk, first.pk])


def test_what_every_request_reads_is_read_again_only_after_a_while(in_state, settings):
    first, second = in_state(), in_state()
    settings.REMEMBER_SECONDS = 60
    try:
        assert glances.ahead(second) == 1
        services.move(first.tracking_id, "withdraw", by=applicant_of(first), reason="Asked for in writing")
        assert glances.ahead(second) == 1
        remembering.forget()
        assert glances.ahead(second) == 0
    finally:
        remembering.forget()


def test_ahead_stand_the_urgent_then_the_older_of_the_same_desk(in_state):
    made = [in_state(urgent=urgent) for urgent in (False, True, False, True, False)]
    in_state(State.VERIFIED, urgent=True)

    assert [glances.ahead(case) for case in made] == [2, 0, 3, 1, 4]


def test_ahead_counts_every_office_and_stops_at_its_most(in_state, django_assert_num_queries):
    made = [in_state(office=office) for office in ("lahore", "", "multan", "")]

    with django_assert_num_queries(1):
        assert glances.ahead(made[3]) == 3
    assert glances.ahead(made[3], most=3) == 3
    assert glances.ahead(made[3], most=2) is None


def test_of_two_received_at_one_moment_the_first_number_stands_ahead(in_state):
    first, second = in_state(), in_state()
    Application.objects.update(received_at=first.received_at)
    second.refresh_from_db()

    assert [glances.ahead(first), glances.ahead(second)] == [0, 1]


@pytest.mark.parametrize("state", [State.OBJECTED, State.RETURNED, State.DISPATCHED, State.DELIVERED])
def test_nobody_stands_ahead_of_what_is_at_no_desk(state, in_state):
    assert glances.ahead(in_state(state)) is None


def test_ahead_walks_a_run_of_the_worklists_index(in_state):
    case = in_state()

    with CaptureQueriesContext(connection) as statements:
        glances.ahead(case)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # A table of one row is sorted faster than any index is walked.
            for way in ("seqscan", "bitmapscan", "sort"):
                cursor.execute(f"SET LOCAL enable_{way} = off")
        explain = "EXPLAIN QUERY PLAN " if connection.vendor == "sqlite" else "EXPLAIN "
        cursor.execute(explain + statements[0]["sql"])
        plan = " ".join(str(row) for row in cursor.fetchall())

    assert plan.count("application_worklist") == 1
