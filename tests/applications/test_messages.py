"""Questions on a case: who asks, who replies, what is told to whom, and by when."""

import json
from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from degreetrack.accounts.models import Actor, Role
from degreetrack.applications import messages
from degreetrack.applications.lifecycle import State
from degreetrack.applications.models import Application, Message
from degreetrack.catalogue.models import Holiday
from degreetrack.journal.services import timeline
from degreetrack.kit.refusals import Refused
from degreetrack.notifications.models import Notice
from tests.life import applicant_of, somebody

pytestmark = pytest.mark.django_db
COUNTER = Actor("counter", frozenset({Role.RECEIPT}))


def _ask(application: Application, text: str = "When will it be printed?", **more) -> Message:
    return messages.ask(application.tracking_id, by=applicant_of(application), text=text, **more)


@pytest.mark.parametrize("role", Role)
def test_applicants_ask_and_staff_reply(role, in_state):
    application = in_state()
    by, why = somebody(role, application), []

    for write in (messages.ask, messages.reply):
        try:
            write(application.tracking_id, by=by, text="Some words")
            why.append("")
        except Refused as refusal:
            why.append(str(refusal))

    no_ask, no_reply = "Only the applicant asks here; staff reply.", "Only staff reply here."
    expected = {
        Role.APPLICANT: ["", no_reply],
        Role.CLOCK: [no_ask, no_reply],
        Role.LEDGER: [no_ask, no_reply],
        Role.AUDITOR: [no_ask, "An auditor reads, and writes nothing."],
    }
    assert why == expected.get(role, [no_ask, ""])


def test_nobody_writes_on_a_case_that_they_do_not_see(in_state):
    application, other = in_state(office="lahore"), in_state()

    with pytest.raises(Refused, match="not yours to see"):
        messages.ask(application.tracking_id, by=applicant_of(other), text="What is in it?")
    with pytest.raises(Refused, match="not yours to see"):
        swat = Actor("swat", frozenset({Role.REGIONAL}), office="swat")
        messages.reply(application.tracking_id, by=swat, text="Wait a little")


@pytest.mark.parametrize("state", [State.RECEIVED, State.DISPATCHED, State.DELIVERED, State.REJECTED])
def test_a_question_is_taken_in_any_state(state, in_state):
    assert str(_ask(in_state(state))).startswith("Ayesha Siddiqa, 20")


def test_a_reply_answers_all_that_is_open_and_tells_without_its_words(in_state):
    application = in_state(email="ayesha@example.org")
    _ask(application, "When will it be printed?")
    _ask(application, "And when sent?")

    messages.reply(application.tracking_id, by=COUNTER, text=" Tomorrow.\r\nThen it is sent. ")

    thread = messages.thread(application)
    assert [(m.by_applicant, m.by_name, m.text) for m in thread] == [
        (True, "Ayesha Siddiqa", "When will it be printed?"),
        (True, "Ayesha Siddiqa", "And when sent?"),
        (False, "counter", "Tomorrow.\nThen it is sent."),
    ]
    assert [m.answered_at == thread[2].at for m in thread] == [True, True, False]
    told = Notice.objects.filter(template="reply")
    assert {(n.channel, "Tomorrow" in n.body + n.subject) for n in told} == {("sms", False), ("email", False)}
    said = [e for e in timeline(application.stream) if e.verb in ("ask", "reply")]
    assert [e.data["after"] for e in said] == [
        {"message": thread[0].pk},
        {"message": thread[1].pk},
        {"message": thread[2].pk, "answered": 2},
    ]
    assert "printed" not in json.dumps([e.data for e in said])


@pytest.mark.parametrize("text", ["", " x ", "x" * 2001])
def test_nothing_and_too_much_are_refused(text, in_state):
    application = in_state()

    with pytest.raises(Refused, match="Write 2 to 2000 letters"):
        _ask(application, text)
    with pytest.raises(Refused, match="Write 2 to 2000 letters"):
        messages.reply(application.tracking_id, by=COUNTER, text=text)


def test_twenty_a_day_are_enough_for_a_case(in_state):
    application, other = in_state(), in_state()
    now = timezone.now()
    for number in range(20):
        _ask(application, at=now)
        if number % 5 == 4:
            messages.reply(application.tracking_id, by=COUNTER, text="We look into it", at=now)

    with pytest.raises(Refused, match="That is enough for today"):
        _ask(application, at=now + timedelta(hours=23))
    _ask(other, at=now)
    _ask(application, at=now + timedelta(hours=24, minutes=1))

    assert application.messages.filter(by_applicant=True).count() == 21


def test_open_cases_stand_once_each_oldest_first_and_are_paged_by_key(in_state):
    made = [in_state() for _ in range(5)]
    now = timezone.now()
    for place, application in enumerate(made):
        _ask(application, at=now - timedelta(hours=place // 2))
        _ask(application, "Hello?", at=now)
    messages.reply(made[1].tracking_id, by=COUNTER, text="Soon.")
    order, key = [], ""

    for _page in range(2):
        page = messages.open_questions(COUNTER, after=key, size=2)
        order += [row.message.application_id for row in page.rows]
        key = page.next_key

    assert order == [made[i].pk for i in (4, 2, 3, 0)]
    assert key == ""
    assert messages.count_open(COUNTER) == 4


@pytest.mark.parametrize("key", ["rubbish", "x_2", "2026-01-01T00:00:00+00:00_x"])
def test_a_key_that_is_none_gives_the_first_page(key, in_state):
    _ask(in_state())

    assert len(messages.open_questions(COUNTER, after=key).rows) == 1


def test_a_regional_office_has_its_own_questions(in_state):
    application = in_state(office="lahore")
    _ask(application)

    for office, count in (("lahore", 1), ("swat", 0)):
        by = Actor(office, frozenset({Role.REGIONAL}), office=office)
        assert (messages.count_open(by), len(messages.open_questions(by).rows)) == (count, count)


def test_a_reply_is_due_in_five_working_days_and_late_after_them(in_state):
    Holiday.objects.all().delete()
    application = in_state()
    # A Thursday; the day after is a holiday, then comes a weekend.
    asked = timezone.make_aware(datetime(2026, 1, 29, 10))
    Holiday.objects.create(day=asked.date() + timedelta(days=1), name_en="Closed", name_ur="بند")
    _ask(application, at=asked)
    _ask(in_state())

    rows = messages.open_questions(COUNTER).rows

    assert (str(rows[0].due_on), rows[0].late, rows[1].late) == ("2026-02-06", True, False)


def test_the_list_asks_as_much_for_one_row_as_for_three(in_state, django_assert_num_queries):
    for rows in (1, 2):
        for _ in range(rows):
            _ask(in_state())
        with django_assert_num_queries(3):
            found = messages.open_questions(COUNTER).rows
            [row.message.application.result.student.name for row in found]

    assert len(found) == 3


def test_a_sixth_question_waits_until_the_first_are_answered(in_state):
    application = in_state()
    for _ in range(5):
        _ask(application)

    with pytest.raises(Refused, match="Your questions wait for an answer"):
        _ask(application)
    messages.reply(application.tracking_id, by=COUNTER, text="Tomorrow")
    _ask(application)

    assert application.messages.filter(by_applicant=True).count() == 6
