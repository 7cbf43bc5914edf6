"""What a stranger, a holder of a roll number, and a holder of a tracking ID may see."""

import gzip
import re
import time
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.core.cache import cache
from django.db import OperationalError, connection
from django.utils import timezone

from degreetrack.accounts.models import Role
from degreetrack.applications import glances, services
from degreetrack.applications.asking import EXAMPLE
from degreetrack.applications.lifecycle import State
from degreetrack.applications.models import Application, Forecast
from degreetrack.catalogue.models import RequiredDocument, TariffRow
from degreetrack.kit import remembering, tracking_ids
from degreetrack.web import captcha, moulds, rate_limits
from degreetrack.web.public import guard
from degreetrack.web.public.paper_route import documents, fee_tables

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
STATIC = Path(__file__).parents[2] / "static"


def _text(answer) -> str:
    page = re.sub(r"<head>.*?</head>|<footer.*?</footer>", "", answer.content.decode(), flags=re.S)
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def test_home_has_the_tiles_by_their_names(client, aiou):
    text = _text(client.get("/"))

    for words in (
        "AIOU Degree Tracking System",
        "In Process Applications",
        "Incomplete / Returned Applications",
        "Apply",
        "Staff Login",
        "Verify",
    ):
        assert words in text


def test_home_in_urdu_is_right_to_left(client, aiou):
    answer = client.get("/language/ur/?next=/")
    page = client.get("/").content.decode()

    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert '<html lang="ur" dir="rtl">' in page
    assert "زیرِ عمل درخواستیں" in page


@pytest.mark.parametrize("onward", ["https://evil.example/", "//evil.example", "javascript:alert(1)"])
def test_the_language_switch_never_leaves_the_site(onward, client, aiou):
    assert client.get("/language/xx/", {"next": onward})["Location"] == "/"


def test_a_first_page_is_small_and_asks_no_other_site(client, aiou, in_state):
    style = (STATIC / "css" / "degreetrack.css").read_bytes()
    tracking_id = in_state(State.OBJECTED).tracking_id

    for address in ("/", "/in-process/", f"/status/{tracking_id}/", "/apply/", "/my/sign-in/"):
        page = client.get(address).content
        assert len(gzip.compress(page)) + len(gzip.compress(style)) + len(aiou.crest) <= 14 * 1024
        assert re.findall(rb'(?:src|href)="(?:https?:)?//', page.replace(aiou.website.encode(), b"")) == []
    assert "url(" not in style.decode()


def test_by_tracking_id_the_whole_is_shown_with_the_name_masked(client, in_state, clerks):
    application = in_state()
    services.move(
        application.tracking_id, "object", by=clerks(Role.SCRUTINY), objections=[("cnic-copy", None)]
    )

    text = _text(client.get(f"/status/{application.tracking_id.lower()}/"))

    assert "Waiting on you" in text
    assert "⚠ The attested copy of the CNIC is missing." in text
    assert "Send a copy of your CNIC attested" in text
    assert "A••••• S•••••" in text
    assert "Ayesha" not in text


def test_in_urdu_name_and_programme_are_told_in_urdu(client, in_state):
    client.cookies["django_language"] = "ur"
    text = _text(client.get(f"/status/{in_state().tracking_id}/"))

    assert "ع••••• ص•••••" in text
    assert "بی ایس کمپیوٹر سائنس" in text
    assert "BS Computer Science" not in text


def test_by_roll_number_objections_are_shortened_to_their_kind(client, in_state, clerks):
    application = in_state()
    services.move(
        application.tracking_id, "object", by=clerks(Role.SCRUTINY), objections=[("cnic-copy", None)]
    )

    text = _text(client.get("/incomplete/", {"q": application.result.roll_no}))

    assert "A document is missing or unclear" in text
    assert "attested copy of the CNIC" not in text
    assert application.tracking_id not in text
    assert "Ayesha" not in text


def test_personal_data_is_on_no_public_page(client, in_state):
    application = in_state(State.DISPATCHED, email="ayesha@example.org", address="House 7, Sector H-9")
    student = application.result.student

    for address in (f"/status/{application.tracking_id}/", f"/in-process/?q={application.result.roll_no}"):
        page = client.get(address).content.decode()
        for secret in (student.cnic, "+923001234567", "ayesha@example.org", "House 7", "3000"):
            assert secret not in page


def test_the_consignment_number_is_for_the_tracking_id_only(client, in_state):
    application = in_state(State.DISPATCHED)

    assert "TCS123456" in _text(client.get(f"/status/{application.tracking_id}/"))
    assert "TCS123456" not in _text(client.get("/in-process/", {"q": application.result.roll_no}))


def test_a_roll_number_with_several_applications_lists_them(client, in_state):
    first = in_state()
    in_state(result=first.result, kind="DEGREE")

    text = _text(client.get("/in-process/", {"q": first.result.roll_no}))

    assert text.count("Timeline") == 2


@pytest.mark.parametrize(
    ("state", "address", "words"),
    [
        (State.OBJECTED, "/in-process/", "in the list of incomplete and returned applications"),
        (State.RECEIVED, "/incomplete/", "in the list of applications in process"),
    ],
)
def test_an_id_of_the_other_list_is_shown_saying_so(state, address, words, client, in_state):
    application = in_state(state)

    assert words in _text(client.get(address, {"q": application.tracking_id}))


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (State.RETURNED, "It was returned incomplete"),
        (State.UNDELIVERED, "It came back undelivered"),
        (State.REJECTED, "Not a student of ours"),
        (State.VERIFIED, "It waits on the university; you need do nothing now."),
        (State.DISPATCHED, "The courier brings it."),
        (State.DELIVERED, "Nothing more is to be done."),
    ],
)
def test_each_state_says_what_to_do(state, words, client, in_state):
    assert words in _text(client.get(f"/status/{in_state(state).tracking_id}/"))


def test_a_typing_mistake_is_told_as_one(client, in_state):
    tracking_id = in_state().tracking_id
    wrong = tracking_id[:-1] + ("2" if tracking_id[-1] != "2" else "3")

    answer = client.get(f"/status/{wrong}/")

    assert answer.status_code == 404
    assert f"{wrong} looks mistyped" in _text(answer)


def test_unknown_and_nonsense_read_the_same(client, aiou):
    texts = [
        _text(client.get("/in-process/", {"q": typed})).replace(typed, "X")
        for typed in ("BO999999", "hello you")
    ]

    assert texts[0] == texts[1]
    assert "Nothing is found for X" in texts[0]


def test_a_returned_application_past_its_time_is_told_so(client, in_state):
    application = in_state(State.RETURNED)
    Application.objects.update(limit_on=timezone.localdate() - DAY)

    text = _text(client.get(f"/status/{application.tracking_id}/"))

    assert "The time to revive it is over: apply again." in text
    assert "you can revive it until" not in text


def test_blanks_are_no_look_up(client, aiou):
    for _ in range(guard.BY_NUMBER.tries + 1):
        answer = client.get("/in-process/", {"q": " - "})

    assert (answer.status_code, "Nothing is found" in _text(answer)) == (200, True)


def test_a_status_is_kept_by_no_cache_and_no_search_engine(client, in_state):
    answer = client.get(f"/status/{in_state().tracking_id}/")

    assert "no-store" in answer["Cache-Control"]
    assert 'name="robots" content="noindex"' in answer.content.decode()


def test_what_is_typed_never_becomes_markup(client, aiou):
    page = client.get("/in-process/", {"q": "<script>alert(1)</script>"}).content.decode()

    assert "<script>alert" not in page


@pytest.mark.usefixtures("one_moment")
def test_too_many_look_ups_of_one_number_get_a_pause_then_digits(client, aiou):
    for _ in range(guard.BY_NUMBER.tries):
        assert client.get("/in-process/", {"q": "BO999999"}).status_code == 200

    answer = client.get("/in-process/", {"q": "bo 999999"})
    assert (answer.status_code, 0 < int(answer["Retry-After"]) <= 600) == (429, True)
    assert "A short pause, please" in _text(answer)
    assert "captcha" not in answer.content.decode()

    for _ in range(guard.BY_NUMBER.tries * 2):
        answer = client.get("/in-process/", {"q": "BO999999"})
    assert 'name="digits"' in answer.content.decode()
    token = captcha.new()
    passed = client.get("/in-process/", {"q": "BO999999", "captcha": token, "digits": captcha.digits(token)})
    assert passed.status_code == 200


def test_one_address_is_limited_over_all_numbers(client, aiou, monkeypatch):
    # All within one minute, however long the machine takes.
    began = time.time()
    monkeypatch.setattr(rate_limits.time, "time", lambda: began)
    for number in range(guard.BY_ADDRESS.tries):
        client.get("/in-process/", {"q": f"BO{number:06}"})

    assert client.get("/in-process/", {"q": "BO999999"}).status_code == 429
    assert client.get("/in-process/", {"q": "BO999998"}, REMOTE_ADDR="10.1.1.1").status_code == 200


def test_verify_tells_issued_from_not(client, in_state):
    issued, pending = in_state(State.DELIVERED), in_state(State.SIGNED)

    assert "Issued Provisional certificate" in _text(client.get("/verify/", {"q": issued.tracking_id}))
    assert "No issued certificate is known" in _text(client.get("/verify/", {"q": pending.tracking_id}))
    assert "No issued certificate is known" in _text(client.get("/verify/", {"q": issued.result.roll_no}))
    assert "Verify that a certificate was issued" in _text(client.get("/verify/"))


def test_apply_tells_documents_and_fees(client, aiou):
    text = _text(client.get("/apply/"))

    assert "Original Provisional certificate · Result card (DMC) · Degree Level Ordinary Urgent" in text
    assert "PhD 3,000 6,000" in text
    assert "Attested copy of the Matric certificate (from FA upward)" in text
    assert "Police report and newspaper notice (Degree · Duplicate)" in text


def test_a_fee_of_tomorrow_is_not_told_today(aiou):
    today = timezone.localdate()
    row = TariffRow.objects.filter(level="phd", kind="PC", issue="ORIGINAL", urgent=False).latest(
        "holds_from"
    )
    TariffRow.objects.create(
        level=row.level, kind="PC", issue="ORIGINAL", urgent=False, amount=9000, holds_from=today + DAY
    )

    assert fee_tables(on=today)[0].rows[-1] == ("PhD", "3,000", "6,000")
    assert fee_tables(on=today + DAY)[0].rows[-1] == ("PhD", "9,000", "6,000")


def test_a_fee_that_is_not_published_is_a_dash(aiou):
    TariffRow.objects.filter(level="phd", kind="PC", issue="ORIGINAL", urgent=True).delete()

    assert fee_tables(on=timezone.localdate())[0].rows[-1] == ("PhD", "3,000", "-")


def test_a_document_of_some_levels_says_which(aiou):
    RequiredDocument.objects.update_or_create(code="matric", defaults={"from_rank": 2, "to_rank": 4})

    assert documents()[2].needed == "from FA to BS"


def test_public_pages_leave_no_cookie(client, aiou):
    client.get("/")
    client.get("/in-process/", {"q": "BO999999"})

    assert dict(client.cookies) == {}


def test_the_machines_own_questions_are_answered(client, aiou):
    assert client.get("/healthz").content == b"ok\n"
    assert client.get("/readyz").content == b"ok\n"
    assert client.get("/crest.svg")["Content-Type"] == "image/svg+xml"


def test_not_ready_while_the_database_is_away(client):
    def away(*_):
        raise OperationalError("away")

    with connection.execute_wrapper(away):
        answer = client.get("/readyz")

    assert (answer.status_code, answer.content) == (503, b"database\n")


def test_the_snippet_for_the_university_lands_on_the_result(client, in_state):
    snippet = (STATIC.parent / "docs" / "look-up-button.md").read_text()
    path = re.search(r'<form action="https://[^/"]+(/[^"]+)" method="get">', snippet).group(1)
    field = re.search(r'<input [^>]*name="([^"]+)"', snippet).group(1)

    assert "Timeline" in _text(client.get(path, {field: in_state().tracking_id}))
    for words in ("AIOU Degree Tracking System", "View PC/Degree Application Status"):
        assert words in snippet


@pytest.fixture
def forecast(aiou):
    """Half in 4 days, 85 of 100 in 11, for provisional certificates at each desk."""
    for state in (State.RECEIVED, State.PRINTED):
        Forecast.objects.create(kind="PC", urgent=False, state=state, cases=50, early=4, late=11)


def test_it_is_told_when_it_will_be_done_how_many_are_ahead_and_the_days_of_both(client, in_state, forecast):
    in_state()
    application = in_state()
    monday = timezone.make_aware(datetime(2099, 6, 1, 9))
    Application.objects.filter(pk=application.pk).update(
        state_since=monday, received_at=timezone.now() - 3 * DAY
    )
    Application.objects.exclude(pk=application.pk).update(received_at=timezone.now() - 5 * DAY)

    for address in (f"/status/{application.tracking_id}/", f"/in-process/?q={application.result.roll_no}"):
        text = _text(client.get(address))
        assert "Expected to be sent between 5 June 2099 and 12 June 2099 ." in text
        assert "That is what 85 of 100 took of late; it is not a promise." in text
        assert "If it is not sent by then, enquire from 13 June 2099." in text
        assert "1 case is before yours at this desk." in text
        assert "With the university: 3 days. With you: 0 days." in text
    other = Application.objects.exclude(pk=application.pk).get()
    assert "No case is before yours at this desk." in _text(client.get(f"/status/{other.tracking_id}/"))


def test_once_the_range_is_past_it_is_told_whom_to_ask(client, in_state, forecast, aiou):
    application = in_state(State.PRINTED)
    Application.objects.update(state_since=timezone.make_aware(datetime(2026, 6, 1, 9)))

    text = _text(client.get(f"/status/{application.tracking_id}/"))

    assert "It has taken longer than most. Since 13 June 2026 you may enquire: call" in text
    assert f"{aiou.help_phone} or write to {aiou.help_email} ." in text
    assert "Expected to be sent" not in text


def test_where_both_ends_are_one_day_that_day_is_told(client, in_state, forecast):
    Forecast.objects.update(early=11)
    application = in_state()
    Application.objects.update(state_since=timezone.make_aware(datetime(2099, 6, 1, 9)))

    text = _text(client.get(f"/status/{application.tracking_id}/"))

    assert "Expected to be sent by 12 June 2099 ." in text


def test_too_many_ahead_are_not_counted(client, in_state, monkeypatch):
    monkeypatch.setattr(glances.ahead, "__kwdefaults__", {"most": 0})
    in_state()

    text = _text(client.get(f"/status/{in_state().tracking_id}/"))

    assert "More than 1,000 cases are before yours at this desk." in text


@pytest.mark.parametrize("state", [State.OBJECTED, State.UNDELIVERED, State.DISPATCHED, State.DELIVERED])
def test_what_is_at_no_desk_has_its_days_and_no_date(state, client, in_state, forecast):
    text = _text(client.get(f"/status/{in_state(state).tracking_id}/"))

    assert "With the university: 0 days." in text
    assert "When will it be done?" not in text


def test_a_status_page_asks_the_database_once(
    client, in_state, forecast, settings, django_assert_num_queries
):
    application = in_state()
    for _ in range(3):
        in_state()

    remembering.forget()
    settings.REMEMBER_SECONDS = 60
    try:
        client.get(f"/status/{application.tracking_id}/")
        client.get("/in-process/", {"q": application.result.roll_no})
        with django_assert_num_queries(1):
            client.get(f"/status/{application.tracking_id}/")
        with django_assert_num_queries(1):
            client.get("/in-process/", {"q": application.result.roll_no})
    finally:
        remembering.forget()


def test_a_page_from_a_mould_is_the_page_that_would_be_rendered(client, in_state, forecast, clerks):
    made = [in_state(state, urgent=urgent) for state in State for urgent in (False, True)]
    services.move(
        in_state().tracking_id,
        "object",
        by=clerks(Role.SCRUTINY),
        objections=[(None, "A <b>bold</b> & claim")],
    )
    addresses = [f"/status/{one.tracking_id}/" for one in Application.objects.order_by("pk")]
    addresses += [f"/incomplete/?q={one.result.roll_no}" for one in made]

    for language in ("en", "ur"):
        client.get(f"/language/{language}/")
        first = {}
        for address in addresses:
            cache.clear()
            first[address] = client.get(address).content
        for address in addresses:
            cache.clear()
            moulds._moulds.clear()
            alone = client.get(address).content
            assert alone == first[address] == client.get(address).content, address
            assert moulds._MARK.encode() not in alone
        assert b"A &lt;b&gt;bold&lt;/b&gt; &amp; claim" in b"".join(first.values())


def test_a_page_from_a_mould_changes_with_the_institution(client, aiou, in_state):
    address = f"/status/{in_state(State.REJECTED).tracking_id}/"
    before = client.get(address).content.decode()
    aiou.help_phone = "111-222-333"
    aiou.save()

    assert aiou.help_phone not in before
    assert aiou.help_phone in client.get(address).content.decode()


def test_apply_tells_how_long_it_takes_once_that_is_known(client, forecast):
    Forecast.objects.create(kind="PC", urgent=True, state="received", cases=50, early=2, late=6)

    text = _text(client.get("/apply/"))

    assert "Kind Ordinary Urgent Provisional certificate 4 to 11 days 2 to 6 days" in text
    Forecast.objects.filter(urgent=True).delete()
    assert "Provisional certificate 4 to 11 days -" in _text(client.get("/apply/"))
    Forecast.objects.all().delete()
    assert "How long it takes" not in _text(client.get("/apply/"))


@pytest.mark.parametrize(("days", "late"), [(0, False), (10, False), (40, True)])
def test_a_parcel_that_is_long_under_way_is_told_to_be_late(days, late, client, in_state):
    application = in_state(State.DISPATCHED)
    Application.objects.update(state_since=timezone.now() - timedelta(days=days))

    page = client.get(f"/status/{application.tracking_id}/").content.decode()

    assert ("It has been under way longer than usual." in page) == late
    assert ("The courier brings it." in page) == (not late)


def test_the_example_that_people_read_is_a_sound_id(client, aiou):
    page = client.get("/in-process/").content.decode()

    [shown] = re.findall(r"<bdi>([A-Z]{3}-[A-Z]{3}-[A-Z0-9]{4})</bdi>", page)
    assert (tracking_ids.is_sound(shown), shown) == (True, EXAMPLE)
