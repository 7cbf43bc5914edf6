import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from degreetrack.accounts.models import Actor, Role
from degreetrack.applications import queries, wishes, worklists
from degreetrack.applications.filters import ALL
from degreetrack.applications.lifecycle import State
from degreetrack.applications.models import Application
from degreetrack.journal.services import timeline
from tests.life import applicant_of

pytestmark = pytest.mark.django_db


def test_an_id_is_found_as_people_type_it(in_state):
    application = in_state()
    typed = application.tracking_id.lower().replace("-", " ")

    found = queries.find(typed)

    assert ([a.pk for a in found.applications], found.by, found.mistyped) == (
        [application.pk],
        "tracking_id",
        False,
    )


def test_a_typing_mistake_is_told_as_one(in_state):
    tracking_id = in_state().tracking_id
    wrong = tracking_id[:-1] + ("2" if tracking_id[-1] != "2" else "3")

    assert queries.find(wrong) == queries.Found([], "tracking_id", True)


def test_a_roll_number_lists_all_its_applications_newest_first(in_state):
    first = in_state(State.WITHDRAWN)
    second = in_state(result=first.result)

    found = queries.find(first.result.roll_no[:2].lower() + " " + first.result.roll_no[2:])

    assert ([a.pk for a in found.applications], found.by) == ([second.pk, first.pk], "roll_no")


def test_what_is_neither_finds_nothing(aiou):
    assert queries.find("hello") == queries.Found([], "", False)
    assert queries.find("BO999999") == queries.Found([], "roll_no", False)


def test_a_worklist_is_urgent_first_then_oldest_and_paged_by_key(in_state, clerks):
    made = [in_state(urgent=urgent) for urgent in (False, True, False, True, False)]
    clerk, order, key = clerks(Role.SCRUTINY), [], ""

    for _page in range(3):
        page = worklists.worklist(clerk, State.RECEIVED, after=key, size=2)
        order += [row.pk for row in page.rows]
        key = page.next_key

    assert order == [made[i].pk for i in (1, 3, 0, 2, 4)]
    assert key == ""


@pytest.mark.parametrize("key", ["rubbish", "1_x_2", "2_2026-01-01T00:00:00+00:00_3"])
def test_a_key_that_is_none_loses_nobody(key, in_state, clerks):
    in_state()

    rows = worklists.worklist(clerks(Role.SCRUTINY), State.RECEIVED, after=key).rows

    assert len(rows) in (0, 1)


def test_a_worklist_asks_the_database_once_for_any_number_of_rows(in_state, clerks):
    clerk, asked = clerks(Role.SCRUTINY), []
    assert clerk.roles == {Role.SCRUTINY}
    for n in (1, 2):
        for _ in range(n):
            in_state()
        with CaptureQueriesContext(
            connection,
        ) as queries_made:
            rows = worklists.worklist(clerk, State.RECEIVED).rows
            [row.result.programme.level.title + row.result.student.region.name for row in rows]
        asked.append(len(queries_made))

    assert asked == [1, 1]


def test_a_regional_office_sees_and_counts_its_own(in_state, person):
    in_state(office="lahore")
    in_state(State.VERIFIED, office="swat")

    def counts(user) -> dict[str, int]:
        both = {state: (state, ALL) for state in (State.RECEIVED, State.VERIFIED)}
        return {state: total.number for state, total in worklists.totals(user, both).items()}

    assert counts(person(Role.REGIONAL, office="lahore")) == {State.RECEIVED: 1, State.VERIFIED: 0}
    assert counts(person(Role.AUDITOR)) == {State.RECEIVED: 1, State.VERIFIED: 1}


def test_an_applicant_sees_their_own_and_nobody_elses(in_state, person):
    mine, _other = in_state(), in_state(office="lahore")
    again = in_state(State.WITHDRAWN, result=mine.result, kind="DMC")

    assert set(queries.visible_to(applicant_of(mine))) == {mine, again}
    assert list(queries.visible_to(Actor("no student", frozenset({Role.APPLICANT})))) == []
    assert list(queries.visible_to(person(Role.APPLICANT))) == []


def test_an_office_sees_what_is_to_be_collected_there(in_state, person):
    application = in_state(office="lahore")
    swat = person(Role.REGIONAL, office="swat")
    assert list(queries.visible_to(swat)) == []

    wishes.choose_delivery(
        application.tracking_id, by=applicant_of(application), way="collect", office="swat"
    )

    assert list(queries.visible_to(swat)) == [application]


def test_search_finds_by_every_number_and_by_name_in_either_script(in_state, clerks):
    application = in_state()
    student = application.result.student
    clerk = clerks(Role.RECEIPT)

    for text in (
        application.tracking_id.lower(),
        application.result.roll_no.lower(),
        student.registration_no.lower(),
        student.cnic,
        student.cnic.replace("-", ""),
        "ayesha  sid",
        "عائشہ",
    ):
        assert [row.pk for row in queries.search(clerk, text)] == [application.pk], text
    for text in ("ay", "nobody at all"):
        assert queries.search(clerk, text) == []


def test_search_lists_the_closest_names_first_and_of_one_name_the_newest(in_state, a_result, clerks):
    ayesha, newer = in_state(), in_state()
    other = in_state(result=a_result("BO900001", name_en="Aisha Siddiqa"))

    def found(**how) -> list[int]:
        return [row.pk for row in queries.search(clerks(Role.RECEIPT), "ayesha siddiqa", **how)]

    assert found() == [newer.pk, ayesha.pk, other.pk]
    assert found(most=2) == [newer.pk, ayesha.pk]


def test_of_very_many_people_of_one_name_an_office_is_shown_those_looked_at(in_state, person, monkeypatch):
    here, there = in_state(), in_state()
    Application.objects.filter(pk=there.pk).update(office="lahore")
    Application.objects.filter(pk=here.pk).update(office="swat")

    def found(text: str) -> list[int]:
        return [row.pk for row in queries.search(person(Role.REGIONAL, office="swat"), text)]

    assert [found(text) for text in ("Ayesha Siddiqa", "Aisha Siddiqa", "صدیقہ")] == [[here.pk]] * 3

    monkeypatch.setattr(queries, "LOOKED_AT", 0)
    assert found("Ayesha Siddiqa") == []


@pytest.mark.parametrize("rows", [1, 3])
def test_a_page_full_of_one_name_is_two_statements_and_on_postgresql_a_setting(
    in_state, clerks, django_assert_num_queries, rows
):
    for _one in range(rows):
        in_state()
    clerk = clerks(Role.RECEIPT)

    with django_assert_num_queries(3 if connection.vendor == "postgresql" else 2):
        found = queries.search(clerk, "Ayesha Siddiqa", most=rows)
        assert [row.result.student.name_en for row in found] == ["Ayesha Siddiqa"] * rows


@pytest.mark.parametrize(
    ("state", "statuses"),
    [
        (State.RECEIVED, "done current todo todo todo todo todo todo"),
        (State.OBJECTED, "done waiting todo todo todo todo todo todo"),
        (State.ANSWERED, "done current todo todo todo todo todo todo"),
        (State.PRINTED, "done done done done done current todo todo"),
        (State.UNDELIVERED, "done done done done done done done waiting"),
        (State.DELIVERED, "done done done done done done done done"),
        (State.REJECTED, "done shut"),
    ],
)
def test_the_way_reads_done_current_waiting_and_to_do(state, statuses, in_state):
    application = in_state(state)

    steps = queries.status_of(application, timeline(application.stream))

    assert " ".join(step.status for step in steps) == statuses
    assert steps[0].at == application.received_at


def test_buttons_of_a_case_follow_the_persons_section(in_state, clerks):
    application = in_state()

    verbs = [move.verb for move in queries.allowed_moves(application, clerks(Role.SCRUTINY))]

    assert verbs == ["check", "object"]
