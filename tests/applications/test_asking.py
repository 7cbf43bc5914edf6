"""Asking by SMS from any phone."""

from datetime import timedelta

import pytest
from django.utils import timezone

from degreetrack.applications import asking, queries
from degreetrack.applications.asking import PER_HOUR, answer_texts
from degreetrack.applications.lifecycle import State
from degreetrack.aside.models import Aside
from degreetrack.notifications.models import Address, Incoming, Notice, Priority

pytestmark = pytest.mark.django_db
OWN, STRANGE = "+923001234567", "+923339999999"


@pytest.fixture
def ask():
    """Send a text and return the answer."""

    def send(text: str, sender: str = OWN) -> str:
        Incoming.objects.create(sender=sender, text=text, at=timezone.now())
        answer_texts()
        notice = Notice.objects.filter(stream__startswith="incoming/").order_by("pk").last()
        assert (notice.to, notice.priority) == (sender, Priority.AT_ONCE)
        return notice.body

    return send


@pytest.fixture
def objected(in_state):
    """A case that waits on its applicant, whose phone is OWN."""
    return in_state(State.OBJECTED, mobile=OWN, language="en")


@pytest.mark.parametrize("typed", ["DTS {}", "dts {}", "{}", " Dts: {} . ", "STATUS {}"])
def test_a_tracking_id_is_answered_with_where_it_stands(typed, ask, objected):
    for sender in (OWN, STRANGE):
        answer = ask(typed.format(objected.tracking_id.lower()), sender)
        assert f"{objected.tracking_id}: Waiting on you" in answer
        assert "Answer by" in answer
        assert f"/status/{objected.tracking_id}/" in answer


def test_a_roll_number_tells_a_strange_phone_the_least(ask, objected):
    roll_no = objected.result.roll_no

    strange, own = ask(f"DTS {roll_no}", STRANGE), ask(f"DTS {roll_no}", OWN)

    assert f"{roll_no}: Waiting on you" in strange
    assert objected.tracking_id not in strange
    assert "Answer by" not in strange
    assert objected.tracking_id in own
    assert "Answer by" in own


def test_whoever_writes_urdu_is_answered_in_urdu(ask, objected):
    assert str(objected.tracking_id) in ask(f"ڈی ٹی ایس {objected.tracking_id}", STRANGE)
    assert "کوئی درخواست نہیں ملی" in ask("میری ڈگری کہاں ہے")
    assert "DTS" in ask("مدد")


@pytest.mark.parametrize("text", ["DTS QQQ-QQQ-QQQQ", "DTS", "Hello", "", "DTS '; --", "9" * 300, "ٹ" * 160])
def test_anything_else_is_told_how_to_ask(text, ask, aiou):
    assert "DTS" in ask(text, STRANGE)


def test_stop_and_start_in_both_languages(ask, aiou):
    for stop, start in (("STOP", "START"), (" stop. ", "start"), ("بند", "شروع")):
        ask(stop)
        assert Address.objects.get().stopped_at is not None
        ask(start)
        assert Address.objects.get().stopped_at is None


def test_the_newest_open_case_is_told(ask, in_state, objected):
    in_state(State.WITHDRAWN, result=objected.result, kind="DMC", mobile=OWN)

    assert "Waiting on you" in ask(objected.result.roll_no)


def test_one_phone_is_answered_so_often_in_an_hour(aiou):
    now = timezone.now()
    for _ in range(PER_HOUR + 3):
        Incoming.objects.create(sender=STRANGE, text="HELP", at=now)
    Incoming.objects.create(sender=OWN, text="HELP", at=now)
    Incoming.objects.create(sender=STRANGE, text="HELP", at=now + timedelta(hours=2))

    assert answer_texts() == PER_HOUR + 2
    assert answer_texts() == 0


def test_a_text_that_always_fails_is_set_aside(ask, objected, monkeypatch):
    Incoming.objects.create(sender=STRANGE, text="poison", at=timezone.now())

    def broken(typed: str, find=queries.find):
        if typed == "POISON":
            raise RuntimeError("poison")
        return find(typed)

    monkeypatch.setattr(asking.queries, "find", broken)

    assert "Waiting on you" in ask(objected.tracking_id)
    assert Aside.objects.get().row == f"incoming/{Incoming.objects.get(answered_at=None).pk}"
