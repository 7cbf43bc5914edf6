"""A reworded notice: what is refused before it is kept, what goes out, what the journal says."""

import pytest
from django.utils import timezone

from degreetrack.accounts.models import Actor, Role
from degreetrack.applications import rewordings
from degreetrack.applications.lifecycle import State
from degreetrack.applications.rewordings import NEWS, Notice, back_to_original, check, reword
from degreetrack.applications.wordings import BY_MAIL, BY_SMS, BY_SMS_AND_MAIL, LONGEST
from degreetrack.journal.services import timeline
from degreetrack.kit.refusals import Refused
from degreetrack.notifications import models
from degreetrack.notifications import rewordings as kept
from degreetrack.notifications.models import Channel, Rewording
from degreetrack.notifications.services import wording

pytestmark = pytest.mark.django_db
CONTROLLER = Actor("the Controller", frozenset({Role.CONTROLLER}))
APPROVE_SMS = Notice("approve", "en", Channel.SMS)
APPROVE_MAIL = Notice("approve", "en", Channel.EMAIL)
NAMES = [*BY_SMS_AND_MAIL, *BY_SMS, *BY_MAIL]
EVERY = [
    Notice(name, language, channel)
    for name in NAMES
    for channel in rewordings.channels(name)
    for language in ("en", "ur")
]


@pytest.fixture(autouse=True)
def _institution(aiou) -> None:
    """Every text is tried with the institution's name."""


@pytest.mark.parametrize("which", EVERY, ids=lambda w: f"{w.name}.{w.language}.{w.channel}")
def test_every_original_passes_the_check_of_its_own(which, aiou):
    assert check(which, which.original).parts <= 2


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{% if %}", "The text cannot be read"),
        ("{% include 'email.html' %}", "Invalid block tag on line 1: 'include'"),
        ("{% load i18n %}", "Invalid block tag on line 1: 'load'"),
        ("{% url 'desk:home' %}", "Invalid block tag on line 1: 'url'"),
        ("{% debug %}", "Invalid block tag on line 1: 'debug'"),
        ("{% for x in objections %}", "Unclosed tag on line 1: 'for'"),
        ("{{ tracking_id|safe }}", "Invalid filter: 'safe'"),
        ("{{ tracking_id.upper }}", "This notice knows no tracking_id.upper. It knows: consignment_no"),
        ("{{ cnic }}", "This notice knows no cnic"),
        ("{{ _private }}", "The text cannot be read"),
        ("{{ tracking_id|default:cnic }}", "This notice knows no cnic"),
        ("{% if kind and not cnic %}x{% endif %}", "This notice knows no cnic"),
        ("{% if kind == cnic %}x{% endif %}", "This notice knows no cnic"),
        ("{% if kind %}x{% else %}{{ cnic }}{% endif %}", "This notice knows no cnic"),
        ("{% for x in cnic %}{{ x }}{% endfor %}", "This notice knows no cnic"),
        ("{% for x in kind %}{{ x }}{% empty %}{{ cnic }}{% endfor %}", "This notice knows no cnic"),
        ("Dear {{ name }}", "This notice knows no name"),
        ("  {# nothing #} ", "The text is empty"),
        ("A" * 161, "the SMS is of 161 letters in 2 parts; at most 1 are allowed"),
        ("A “quoted” word " * 5, "letters in 2 parts; at most 1 are allowed"),
        ("A" * 4001, "The text is too long: at most 4000 letters"),
    ],
)
def test_what_may_not_go_out_is_refused_with_the_reason(text, why, aiou):
    with pytest.raises(Refused) as caught:
        reword(APPROVE_SMS, text, by=CONTROLLER)

    assert why in str(caught.value)
    assert Rewording.objects.count() == 0


def test_an_urdu_sms_has_two_parts_and_no_more(aiou):
    which = Notice("approve", "ur", Channel.SMS)

    assert check(which, "ا" * 134).parts == 2
    with pytest.raises(Refused, match="135 letters in 3 parts; at most 2 are allowed"):
        check(which, "ا" * 135)


def test_an_email_needs_a_subject_and_a_body(aiou):
    for text, why in (
        ("Only a subject", "The text is empty."),
        ("S" * 201 + "\nbody", "The first line is the subject: 1 to 200 letters, not 201."),
        ("{% if courier == 'none' %}x{% endif %}\nbody", "1 to 200 letters, not 0."),
    ):
        with pytest.raises(Refused) as caught:
            check(APPROVE_MAIL, text)
        assert str(caught.value).endswith(why)


@pytest.mark.parametrize(
    ("name", "channel", "needed"),
    [("sign_in_code", "sms", "code"), ("bearer", "sms", "code"), ("password_reset", "email", "link")],
)
def test_a_notice_keeps_what_it_is_for(name, channel, needed, aiou):
    which = Notice(name, "en", Channel(channel))

    with pytest.raises(Refused, match=f"{needed} must stand in the text"):
        check(which, "Hello\n\nand good day")


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.APPROVAL, Role.RECEIPT, Role.SUPERVISOR])
def test_only_the_controller_rewords(role, aiou):
    by = Actor("somebody", frozenset({role}))

    for change in (lambda: reword(APPROVE_SMS, "Good", by=by), lambda: back_to_original(APPROVE_SMS, by=by)):
        with pytest.raises(Refused, match=r"Only the Controller changes what notices say\."):
            change()


def test_a_reworded_notice_goes_out_until_the_original_is_back(in_state):
    reword(APPROVE_SMS, "{{ institution }}: {{ tracking_id }} <approved> & well", by=CONTROLLER)

    own = in_state(State.APPROVED)
    sms = models.Notice.objects.get(stream=own.stream, template="approve", channel="sms")
    assert sms.body == f"AIOU: {own.tracking_id} <approved> & well"

    back_to_original(APPROVE_SMS, by=CONTROLLER)
    other = in_state(State.APPROVED)
    sms = models.Notice.objects.get(stream=other.stream, template="approve", channel="sms")
    assert sms.body.startswith(f"AIOU: Application {other.tracking_id} is approved and will be printed.")
    with pytest.raises(Refused, match=r"The original goes out already\."):
        back_to_original(APPROVE_SMS, by=CONTROLLER)


def test_each_change_is_journalled_with_both_texts():
    reword(APPROVE_SMS, "One {{ tracking_id }}", by=CONTROLLER)
    reword(APPROVE_SMS, "Two {{ tracking_id }}", by=CONTROLLER)
    back_to_original(APPROVE_SMS, by=CONTROLLER)

    original = APPROVE_SMS.original
    entries = timeline("wording/approve.en.sms")
    assert [(e.verb, e.actor_name, e.data["before"]["text"], e.data["after"]["text"]) for e in entries] == [
        ("reworded", "the Controller", original, "One {{ tracking_id }}"),
        ("reworded", "the Controller", "One {{ tracking_id }}", "Two {{ tracking_id }}"),
        ("original_wording", "the Controller", "Two {{ tracking_id }}", original),
    ]


@pytest.mark.parametrize("state", [State.OBJECTED, State.DISPATCHED])
def test_the_values_that_news_may_use_are_given_to_every_notice_of_an_application(state, in_state):
    verb = {State.OBJECTED: "object", State.DISPATCHED: "dispatch"}[state]
    which = Notice(verb, "en", Channel.EMAIL)
    reword(which, "News\n" + "".join(f"{name}={{{{ {name} }}}};" for name in sorted(NEWS)), by=CONTROLLER)

    application = in_state(state, email="ayesha@example.org")

    body = models.Notice.objects.get(stream=application.stream, template=verb, channel="email").body
    said = dict(part.split("=", 1) for part in body.removesuffix(";").split(";"))
    empty = {name for name, value in said.items() if not value}
    expected = {"reason", "courier", "consignment_no"} if state is State.OBJECTED else {"reason", "limit_on"}
    assert (set(said), empty) == (set(NEWS), expected)


def test_an_email_lists_objections_by_a_loop(in_state):
    text = "Answer\n{% for one in objections %}{{ forloop.counter }}. {{ one }}{% empty %}None{% endfor %}"
    reword(Notice("object", "en", Channel.EMAIL), text, by=CONTROLLER)

    application = in_state(State.OBJECTED, email="ayesha@example.org")

    mail = models.Notice.objects.get(stream=application.stream, template="object", channel="email")
    assert (mail.subject, mail.body) == ("Answer", "1. The photograph is missing.")


def test_notices_ask_for_their_wording_once_a_minute(django_assert_num_queries):
    reword(APPROVE_SMS, "One {{ tracking_id }}", by=CONTROLLER)

    for queries in (1, 0, 0):
        with django_assert_num_queries(queries):
            assert wording("approve", Channel.SMS, "en", LONGEST).body == "One WWW-WWW-WWWW"


def test_a_change_in_another_process_is_read_after_a_minute(monkeypatch):
    assert wording("approve", Channel.SMS, "en", LONGEST).body.startswith(": Application WWW")
    Rewording.objects.create(
        name="approve", language="en", channel="sms", text="Other", changed_at=timezone.now(), by_name="x"
    )
    assert wording("approve", Channel.SMS, "en", LONGEST).body.startswith(": Application WWW")

    monkeypatch.setattr(kept, "LASTS", -1.0)

    assert wording("approve", Channel.SMS, "en", LONGEST).body == "Other"
