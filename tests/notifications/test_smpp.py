"""SMS by SMPP to a centre that answers, refuses, throttles, hangs up, answers out of order, tells fates."""

import struct
import time
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from degreetrack.journal.services import timeline
from degreetrack.journal.verification import verify
from degreetrack.notifications import receipts
from degreetrack.notifications.channels import Outcome, smpp
from degreetrack.notifications.delivery import Clock, Delivery, deliver_due
from degreetrack.notifications.models import Address, Channel, Fate, Incoming, Line, Notice, Part
from degreetrack.notifications.services import queue
from tests.notifications.smpp_centre import BIND_FAILED, OK, THROTTLED, Centre

pytestmark = pytest.mark.django_db
MOBILE = "+923001234567"
URDU = (
    "آپ کی درخواست موصول ہو گئی، اس کی جانچ جاری ہے۔ صورتحال دیکھنے کے لیے یہ پتا کھولیں اور اپنا نمبر لکھیں"
)


@pytest.fixture
def centre(settings):
    """A centre that the outbox is bound to."""
    made = Centre()
    settings.SMPP = {
        "host": "127.0.0.1", "port": made.port, "system_id": "us", "password": "secret", "system_type": "",
        "tls": False, "window": 10,
    }  # fmt: skip
    settings.SMS_SENDER = "AIOU"
    yield made
    made.close()


@pytest.fixture
def line(centre):
    """The SMS channel of one worker, kept from round to round."""
    made = Delivery(Channel.SMS)
    yield made
    made.way.close()


def _sms(text: str = "Your code", mobile: str = MOBILE) -> Notice:
    """A queued SMS with these words."""
    context = {"code": "1", "institution": "AIOU", "name": "Gul", "site": "x"}
    [notice] = queue(
        "sign_in_code", stream="student/1", email="", mobile=mobile, language="en", context=context
    )
    Notice.objects.filter(pk=notice.pk).update(body=text)
    notice.refresh_from_db()
    return notice


def _soon(line: Delivery) -> None:
    """The pause after a trouble is over."""
    line._shut_until = timezone.now()
    Notice.objects.filter(fate=Fate.QUEUED).update(due_at=timezone.now())


def _heard(line: Delivery, done) -> None:
    """Rounds until what the centre sent has arrived."""
    end = time.monotonic() + 60
    while not done() and time.monotonic() < end:
        line.round()
        time.sleep(0.01)
    assert done()


def test_an_english_text_goes_in_septets_with_all_that_a_centre_wants(centre):
    _sms("Answer by 5 May: https://x.example/a_b")

    assert deliver_due() == 1

    [taken] = centre.taken
    assert (taken.to, taken.sender, taken.sender_kind) == ("923001234567", "AIOU", (5, 0))
    assert (taken.coding, taken.esm_class, taken.wants_receipt) == (0, 0, 1)
    assert taken.raw == b"Answer by 5 May: https://x.example/a\x11b"
    assert 0 < int(taken.validity[4:12]) <= 7_000_000
    assert (Notice.objects.get().fate, Part.objects.get().provider_id) == (Fate.SENT, taken.id)
    assert [entry.verb for entry in timeline("student/1")] == ["notice", "sent"]


def test_a_long_urdu_text_goes_in_parts_that_a_phone_joins(centre):
    _sms(URDU)

    deliver_due()

    first, second = centre.taken
    assert (first.coding, first.esm_class, second.esm_class) == (8, 0x40, 0x40)
    assert first.header[:4] == second.header[:4]
    assert (first.header[4:], second.header[4:]) == (b"\x02\x01", b"\x02\x02")
    assert max(len(first.raw), len(second.raw)) <= 140
    assert first.text + second.text == URDU
    assert Part.objects.count() == 2


def test_no_letter_is_cut_in_two(centre):
    _sms("a" * 152 + "€" + "b" * 20)
    _sms("ا" * 66 + "😀" + "ب" * 20)

    deliver_due()

    assert [part.raw[len(part.header) :][-1:] for part in centre.taken[:1]] == [b"a"]
    assert centre.taken[1].raw[6:8] == b"\x1be"
    assert "".join(part.text for part in centre.taken[2:]) == "ا" * 66 + "😀" + "ب" * 20


def test_answers_out_of_order_find_their_notices(centre):
    centre.hold = 10
    notices = [_sms(f"number {place}") for place in range(30)]

    deliver_due()

    ids = {taken.text: taken.id for taken in centre.taken}
    for notice in notices:
        assert Part.objects.get(notice=notice).provider_id == ids[notice.body]


def test_throttling_is_obeyed_and_costs_no_attempt(centre, line):
    for place in range(30):
        _sms(f"number {place}")
    allowed = 5
    centre.status = lambda taken: OK if len(centre.taken) < allowed else THROTTLED

    line.round()
    tried = centre.received
    line.round()

    assert (len(centre.taken), centre.received) == (5, tried)
    assert Line.objects.get().problem == "throttled"
    assert set(Notice.objects.filter(fate=Fate.QUEUED).values_list("attempts", flat=True)) == {0}
    allowed = 1000
    _soon(line)
    assert line.round() == 1, "one first, to see whether it is over"
    while line.round():
        pass
    assert sorted(taken.text for taken in centre.taken) == sorted(f"number {place}" for place in range(30))


def test_a_line_that_breaks_costs_an_attempt_of_those_under_way_alone(centre, line):
    for place in range(30):
        _sms(f"number {place}")
    centre.hang_up = lambda taken: taken.text == "number 7"

    line.round()

    # Seven were answered, up to three more may have been under way.
    sent = Notice.objects.filter(fate=Fate.SENT).count()
    assert sent <= 7
    assert set(Notice.objects.filter(fate=Fate.QUEUED).values_list("attempts", flat=True)) == {0, 1}
    centre.hang_up = lambda taken: False
    _soon(line)
    while line.round():
        pass
    texts = [taken.text for taken in centre.taken]
    assert set(texts) == {f"number {place}" for place in range(30)}
    assert len(texts) - 30 <= 10, "doubled are at most those whose answer never came"


def test_a_centre_that_never_answers_is_given_up_after_a_while(centre, line, monkeypatch):
    monkeypatch.setattr(smpp, "PATIENCE", 0.2)
    centre.deaf = True
    _sms()

    line.round()

    notice = Notice.objects.get()
    assert (notice.fate, notice.problem) == (Fate.QUEUED, "the centre did not answer in time")


@pytest.mark.parametrize(
    ("status", "fate", "permanent", "marked"),
    [
        (0x0B, Fate.FAILED, True, True),
        (0x45, Fate.QUEUED, False, False),
        (0x08, Fate.QUEUED, False, False),
        (0xC1, Fate.FAILED, True, False),
        (0x0F, Fate.QUEUED, False, False),
        (0x4FF, Fate.QUEUED, False, False),
    ],
)
def test_each_error_is_temporary_or_permanent(status, fate, permanent, marked, centre):
    centre.status = lambda taken: status
    _sms()

    deliver_due()

    notice = Notice.objects.get()
    assert (notice.fate, notice.permanent, Address.objects.exists()) == (fate, permanent, marked)
    assert centre.received == 1


def test_when_sms_is_down_mail_still_goes(centre, mailbox):
    centre.bind_status = BIND_FAILED
    _sms()
    queue("password_reset", stream="user/1", email="gul@example.org", mobile="", language="en", context={})

    deliver_due()

    assert mailbox.recipients == ["gul@example.org"]
    assert Notice.objects.get(channel="sms").attempts == 0
    assert Line.objects.get().channel == "sms"


def test_pauses_grow_while_the_centre_is_away(centre, line):
    centre.close()
    _sms()
    waits = []
    for _ in range(12):
        line._shut_until = now = timezone.now()
        line.round()
        waits.append((line._shut_until - now).total_seconds())

    assert waits[0] < 3
    assert waits[3] > 10
    assert 200 < waits[-1] < 400
    assert Notice.objects.get().attempts == 0


@pytest.mark.parametrize("tlv", [False, True])
@pytest.mark.parametrize(
    ("stat", "fate", "marked"),
    [("DELIVRD", Fate.DELIVERED, False), ("EXPIRED", Fate.EXPIRED, False), ("UNDELIV", Fate.FAILED, True)],
)
def test_receipts_tell_the_fate(stat, fate, marked, tlv, centre, line):
    _sms()
    line.round()

    centre.receipt(centre.taken[0].id, "923001234567", stat, tlv=tlv)
    _heard(line, lambda: centre.confirmed)

    assert Notice.objects.get().fate == fate
    assert Address.objects.filter(failed_at__isnull=False).exists() is marked
    assert [entry.verb for entry in timeline("student/1")] == ["notice", "sent", fate]


def test_a_long_text_is_delivered_when_its_last_part_is(centre, line):
    _sms(URDU)
    line.round()
    one, two = centre.taken

    centre.receipt(two.id, "923001234567", "DELIVRD")
    _heard(line, lambda: len(centre.confirmed) == 1)
    assert Notice.objects.get().fate == Fate.SENT
    centre.receipt(two.id, "923001234567", "DELIVRD")
    centre.receipt(one.id, "923001234567", "DELIVRD")
    _heard(line, lambda: len(centre.confirmed) == 3)

    assert Notice.objects.get().fate == Fate.DELIVERED
    assert [entry.verb for entry in timeline("student/1")] == ["notice", "sent", "delivered"]


def _told(given: str, to: str = "923001234567", fate: str = Fate.DELIVERED) -> int:
    return receipts.take(Channel.SMS, [receipts.Receipt(given, to, fate)], at=timezone.now())


def _sent_as(given: str, **over) -> Part:
    notice = _sms()
    Notice.objects.filter(pk=notice.pk).update(fate=Fate.SENT)
    return Part.objects.create(
        **{"notice": notice, "provider_id": given, "to": MOBILE, "at": timezone.now()} | over
    )


def test_a_receipt_before_its_message_is_written_down_waits_for_it(centre, line):
    _sms()
    assert _told("1-3") == 0

    line.round()

    assert Part.objects.get().notice is not None
    assert (centre.taken[0].id, Notice.objects.get().fate) == ("1-3", Fate.DELIVERED)


def test_a_window_is_written_down_in_as_many_statements_as_one_message(
    centre, line, django_assert_num_queries
):
    outcomes = [Outcome(_sms(), [f"id{number}", f"id{number}'b"]) for number in range(10)]
    # A savepoint and its end, the fate, the journal's two, the parts, and the receipts that were early.
    number = 8 if connection.vendor == "postgresql" else 7

    with django_assert_num_queries(number):
        line._write(outcomes[:1])
    with django_assert_num_queries(number):
        line._write(outcomes[1:])

    rows = Notice.objects.values_list("fate", "attempts", "leased_until", "problem")
    assert set(rows) == {(Fate.SENT, 1, None, "")}
    assert sorted(Part.objects.values_list("provider_id", "to", "fate")) == sorted(
        (given, MOBILE, Fate.SENT) for outcome in outcomes for given in outcome.ids
    )
    assert set(Notice.objects.values_list("sent_at", flat=True)) == set(
        Part.objects.values_list("at", flat=True)
    )
    assert [entry.verb for entry in timeline("student/1")].count("sent") == 10
    assert verify() == []


def test_a_receipt_that_came_early_for_another_message_stays(centre, line):
    _sms()
    _told("9-9")

    line.round()

    waiting = Part.objects.get(notice=None)
    assert (waiting.provider_id, Notice.objects.get().fate) == ("9-9", Fate.SENT)


def test_ids_are_known_in_hexadecimal_and_decimal():
    _sent_as("1F4A")

    assert _told("8010") == 1


def test_a_receipt_of_another_number_or_of_last_month_is_of_another_message():
    _sent_as("77", to="+923009999999")
    _sent_as("77", at=timezone.now() - timedelta(days=20))

    assert _told("77") == 0
    assert not Notice.objects.filter(fate=Fate.DELIVERED).exists()


def test_what_people_send_is_kept_before_it_is_confirmed(centre, line):
    line.round()
    centre.deliver("اطلاع EBN".encode("utf-16-be"), sender="923331112233", coding=8)
    centre.deliver(b"STOP", sender="AIOU")

    _heard(line, lambda: len(centre.confirmed) == 2)

    assert list(Incoming.objects.values_list("sender", "text")) == [("+923331112233", "اطلاع EBN")]


def test_what_could_not_be_kept_is_not_confirmed(centre, line, monkeypatch):
    line.round()

    def full(*_what, **_more):
        raise OSError("disk full")

    monkeypatch.setattr(receipts, "keep", full)
    centre.deliver(b"STATUS", sender="923331112233")
    with pytest.raises(OSError, match="disk full"):
        for _ in range(6000):
            line.round()
            time.sleep(0.01)

    assert centre.confirmed == []


def test_the_centres_questions_are_answered_and_silence_is_asked_about(centre, line, monkeypatch):
    line.round()
    centre.ask()
    _heard(line, lambda: centre.enquiries == 1)

    centre.deaf = True
    monkeypatch.setattr(smpp, "SILENCE", 0.1)
    end = time.monotonic() + 60
    while not Line.objects.exists() and time.monotonic() < end:
        line.round()
        time.sleep(0.02)
    assert Line.objects.get().problem == "the centre does not answer"


def test_one_bind_is_kept_and_made_anew_when_it_was_lost(centre, line):
    for _ in range(3):
        _sms()
        line.round()
    assert centre.binds == 1

    centre.drop()
    _sms("after the break")
    line.round()
    _soon(line)
    line.round()

    assert (centre.binds, centre.taken[-1].text) == (2, "after the break")


def test_what_cannot_be_read_is_passed_over(centre, line):
    line.round()
    centre.send_raw(struct.pack(">LLLL", 20, 0x0BADC0DE, 0, 1) + b"what")
    centre.send_raw(struct.pack(">LLLL", 18, 0x05, 0, 2) + b"xx")
    _sms("still here")

    line.round()

    assert [taken.text for taken in centre.taken] == ["still here"]


def test_the_rate_per_second_holds_and_parts_count(centre, settings):
    settings.SMS_PER_SECOND = 8
    start = timezone.now()
    now = [start]

    def sleep(seconds: float) -> None:
        now[0] += timedelta(seconds=seconds)

    line = Delivery(Channel.SMS, Clock(lambda: now[0], sleep))
    went: list[float] = []
    centre.on_taken = lambda taken: went.append((now[0] - start).total_seconds())
    for _ in range(16):
        _sms("one part")
    for _ in range(4):
        _sms(URDU)

    while now[0] < start + timedelta(seconds=60):
        if not line.round():
            sleep(0.1)
    line.way.close()

    assert len(went) == 24
    for second in range(int(went[-1]) + 1):
        assert sum(second <= at < second + 1 for at in went) <= 8 + 2
    assert 2 <= went[-1] <= 4


def test_one_that_cannot_be_written_stops_none_of_the_others(centre, monkeypatch):
    broken = _sms("poison")
    _sms("sound")

    def written(notice: Notice, submissions=smpp.submissions):
        if notice.body == "poison":
            raise RuntimeError("a fault of ours")
        return submissions(notice)

    monkeypatch.setattr(smpp, "submissions", written)
    deliver_due()

    broken.refresh_from_db()
    assert [taken.text for taken in centre.taken] == ["sound"]
    assert (broken.fate, broken.attempts, broken.problem) == (Fate.QUEUED, 1, "a fault of ours")


def test_no_log_holds_a_number_or_words(centre, line, caplog):
    with caplog.at_level("DEBUG"):
        _sms("secret-words")
        line.round()
        centre.deliver(b"other-words", sender="923331112233")
        _heard(line, lambda: centre.confirmed)
        centre.drop()
        line.round()

    for secret in ("secret-words", "other-words", "3001234567", "3331112233", b"3001234567".hex()):
        assert secret not in caplog.text


@pytest.mark.parametrize("given", ["x" * 200, "a\x01b", "1-3\x00", "é" * 60])
def test_receipts_that_nobody_can_keep_do_not_come_again_and_again(given, centre, line):
    line.round()
    words = f"id:{given} stat:DELIVRD err:000"
    centre.deliver(words.encode("latin-1"), sender="92300" + "9" * 10, esm_class=4)

    _heard(line, lambda: centre.confirmed)
