"""/staff/late/: what is late and why, for those whose business it is, by real requests."""

import re
from datetime import date, timedelta

import pytest
from django.utils import formats, timezone

from degreetrack.accounts.models import Role
from degreetrack.applications import holds, messages
from degreetrack.applications.lifecycle import State
from degreetrack.applications.models import Application, Delivery
from degreetrack.applications.targets import timetable
from degreetrack.journal.services import timeline
from degreetrack.oversight.escalations import escalate_late
from degreetrack.oversight.models import Escalation
from tests.life import applicant_of

pytestmark = pytest.mark.django_db
LATE = "/staff/late/"


@pytest.fixture
def due(in_state):
    """Make a file that is due on a day; by default it waits for verification and is three days late."""

    def make(day: date | None = None, *, state: State = State.CHECKED, **more) -> Application:
        application = in_state(state, **more)
        day = day or timezone.localdate() - timedelta(days=3)
        Application.objects.filter(pk=application.pk).update(due_on=day)
        return application

    return make


@pytest.fixture
def as_head(client, person):
    """A browser signed in as somebody who heads a section that holds one role."""

    def sign_in(role: str = Role.VERIFICATION, **more):
        client.force_login(person(role, supervisor=True, **more))
        return client

    return sign_in


def _listed(client, query: str = "") -> list[str]:
    """The files of the page's list, in order."""
    page = client.get(LATE + query).content.decode()
    return re.findall(r'<tr><td><a href="/staff/case/([^/]+)/"', page)


def _text(page: bytes) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page.decode()).split())


def test_what_is_late_now_what_will_be_tomorrow_and_what_is_due_next_are_told_apart(due, as_head):
    today = timezone.localdate()
    following = timetable_after(today)
    late, last_day = due(), due(today)
    due(following)
    due(following + timedelta(days=1))
    client = as_head()

    page = client.get(LATE)

    tiles = re.findall(r'href="\?when=(\w+)".*?<bdi>(\d+)</bdi>', page.content.decode())
    assert tiles == [("late", "1"), ("today", "1"), ("next", "1")]
    assert _listed(client) == [late.tracking_id]
    assert _listed(client, "?when=today") == [last_day.tracking_id]
    assert _listed(client, "?when=tomorrow") == [late.tracking_id]
    assert "⚠ late by 3 days" in _text(page.content)
    assert "◆ due today" in _text(client.get(f"{LATE}?when=today").content)


def timetable_after(day: date) -> date:
    """The working day after a day."""
    return timetable().after(day, 1)


def test_the_picture_and_its_table_say_the_same(due, as_head):
    due()
    due()
    due(timezone.localdate())
    client = as_head()

    page = client.get(LATE).content.decode()

    bars = re.findall(r'<rect x="([\d.]+)" y="(\d+)" width="([\d.]+)"', page)
    assert bars == [("0.0", "0", "400.0"), ("400.0", "0", "200.0")]
    row = re.search(r'<th scope="row">(.*?)</th>(.*?)</tr>', page)
    assert row[1] == "Papers complete, waiting for verification"
    assert re.findall(r"<bdi>(\d+)</bdi>", row[2]) == ["2", "1", "0"]


@pytest.mark.parametrize(
    ("role", "supervisor", "stages"),
    [
        (Role.VERIFICATION, True, ["checked"]),
        (Role.SCRUTINY, True, ["received", "answered"]),
        (Role.DISPATCH, True, ["signed"]),
        (Role.RECEIPT, True, []),
        (Role.CONTROLLER, False, ["received", "answered", "checked", "signed"]),
        (Role.AUDITOR, False, ["received", "answered", "checked", "signed"]),
        (Role.VERIFICATION, False, None),
        (Role.RECEIPT, False, None),
    ],
)
def test_each_sees_the_desks_that_they_answer_for(role, supervisor, stages, due, client, person):
    made = {
        due(state=state).tracking_id: state.value
        for state in (State.RECEIVED, State.ANSWERED, State.CHECKED, State.SIGNED)
    }
    client.force_login(person(role, supervisor=supervisor))

    answer = client.get(LATE)

    assert answer.status_code == (403 if stages is None else 200)
    if stages is not None:
        assert [made[tracking_id] for tracking_id in _listed(client)] == stages


def test_the_counter_answers_for_what_is_to_be_collected_there(due, as_head):
    due(state=State.SIGNED)
    here = due(state=State.SIGNED, delivery=Delivery.COLLECT)
    due(state=State.SIGNED, delivery=Delivery.COLLECT, collect_office="lahore")

    assert _listed(as_head(Role.RECEIPT)) == [here.tracking_id]


def test_a_regional_office_sees_its_own_files_wherever_they_lie_and_no_others(due, as_head):
    received_there = due(office="lahore")
    collected_there = due(state=State.SIGNED, delivery=Delivery.COLLECT, collect_office="lahore")
    due(office="karachi")
    due()
    client = as_head(Role.REGIONAL, office="lahore")

    assert _listed(client) == [received_there.tracking_id, collected_there.tracking_id]
    tiles = re.findall(r'<span class="big"><bdi>(\d+)</bdi>', client.get(LATE).content.decode())
    assert tiles == ["2", "0", "0"]


def test_why_is_told_with_each(due, as_head, clerks, person):
    application = due(correction="Ayesha Siddiqua")
    messages.ask(application.tracking_id, by=applicant_of(application), text="Where is it?")
    clerk = person(Role.VERIFICATION, first_name="Bilal", last_name="Khan")
    holds.take_next(clerk, State.CHECKED)
    Application.objects.update(stage_days=4)
    client = as_head(first_name="Hina", last_name="Malik")
    escalate_late()

    page = client.get(LATE).content.decode()

    why = re.findall(r'<li dir="auto">(.*?)</li>', page)
    day = formats.date_format(timezone.localtime(Escalation.objects.get().at))
    assert why == [
        "It has lain here for 0 working days; the target is 5.",
        "Checking had used 4 working days before.",
        "In hand: Bilal Khan",
        "The applicant&#x27;s question waits for an answer.",
        "The correction of the names is not settled.",
        f"Escalated to Hina Malik on {day}, who has said nothing yet.",
    ]
    assert re.findall(r"<dt>(.*?)</dt><dd><bdi>(\d+)</bdi></dd>", page) == [("Bilal Khan", "1")]


def test_what_waits_to_be_collected_says_so_and_that_nobody_has_it(due, as_head):
    due(state=State.SIGNED, delivery=Delivery.COLLECT)

    page = as_head(Role.DISPATCH).get(LATE).content.decode()

    assert re.findall(r'<li dir="auto">(.*?)</li>', page)[1:] == [
        "Nobody has it in hand.",
        "It is to be collected.",
    ]


def test_the_officer_says_what_they_do_and_the_controller_reads_it(due, as_head, client, person):
    application = due()
    officer = as_head(first_name="Hina", last_name="Malik")
    escalate_late()
    page = officer.get(LATE).content.decode()
    action = re.search(r'action="(/staff/late/\d+/)"', page)[1]

    refused = officer.post(action, {"note": "x"})
    assert refused.status_code == 409
    assert "Write what you do about it" in refused.content.decode()
    assert 'value="x"' in refused.content.decode()
    told = officer.post(action, {"note": "I ask the archive today"}, follow=True).content.decode()

    assert "It is written down; the Controller reads it here." in told
    assert 'value="I ask the archive today"' in told
    assert timeline(application.stream)[-1].reason == "I ask the archive today"
    case = officer.get(f"/staff/case/{application.tracking_id}/").content.decode()
    assert '<q dir="auto">I ask the archive today</q>' in case
    assert "Late: escalated to <small>" in case
    client.force_login(person(Role.CONTROLLER))
    assert "Hina Malik on" in client.get(LATE).content.decode()
    assert "who says: I ask the archive today" in client.get(LATE).content.decode()


def test_nobody_answers_for_another(due, as_head, client, person):
    due()
    as_head()
    escalate_late()
    action = f"/staff/late/{Escalation.objects.get().pk}/"

    client.force_login(person(Role.CONTROLLER))
    assert client.post(action, {"note": "I take it over"}).status_code == 409
    client.force_login(person(Role.VERIFICATION))
    assert client.post(action, {"note": "I take it over"}).status_code == 403
    assert client.get(action).status_code == 405
    assert Escalation.objects.get().note == ""


def test_it_is_paged_by_key_oldest_day_first(due, as_head):
    today = timezone.localdate()
    made = [due(today - timedelta(days=60 - place)).tracking_id for place in range(51)]
    client = as_head()

    first = client.get(LATE).content.decode()
    after = re.search(r'href="\?when=late&amp;after=([^"]+)"', first)[1]

    assert _listed(client) == made[:50]
    assert _listed(client, f"?when=late&after={after}") == made[50:]
    assert _listed(client, "?after=nonsense") == made[:50]


def test_it_asks_as_much_for_one_row_as_for_three(due, as_head, django_assert_num_queries):
    client = as_head()
    for rows in (1, 2):
        for _ in range(rows):
            due()
        escalate_late()
        with django_assert_num_queries(13):
            page = client.get(LATE).content.decode()

    assert len(re.findall(r'<tr><td><a href="/staff/case/', page)) == 3


def test_who_has_nothing_late_reads_so(as_head, aiou):
    page = _text(as_head().get(LATE).content)

    assert "Late 0 Late tomorrow, unless it moves on today 0 Due the next working day 0" in page
    assert "None." in page


@pytest.mark.parametrize(
    ("days", "words"),
    [(-1, "⚠ late by 1 day"), (-400, "⚠ late by 400 days"), (0, "◆ due today"), (1, "◇ due tomorrow")],
)
def test_a_worklist_and_a_case_show_the_day_with_a_word_and_a_sign(days, words, due, desk):
    application = due(timezone.localdate() + timedelta(days=days))
    client = desk(Role.VERIFICATION)

    assert words in _text(client.get("/staff/work/checked/").content)
    assert words in _text(client.get(f"/staff/case/{application.tracking_id}/").content)


def test_what_waits_on_the_applicant_is_due_on_no_day(in_state, desk):
    application = in_state(State.OBJECTED)
    client = desk(Role.RECEIPT)

    assert '<td><span class="soft">-</span></td></tr>' in client.get("/staff/work/objected/").content.decode()
    assert "<dt>Due</dt>" not in client.get(f"/staff/case/{application.tracking_id}/").content.decode()


def test_only_those_whose_page_it_is_find_the_way_there(aiou, client, person):
    for role, supervisor, there in (
        (Role.VERIFICATION, True, True),
        (Role.CONTROLLER, False, True),
        (Role.AUDITOR, False, True),
        (Role.VERIFICATION, False, False),
    ):
        client.force_login(person(role, supervisor=supervisor))
        assert ('href="/staff/late/"' in client.get("/staff/").content.decode()) is there
