"""Staff sign in, keep or end their sessions, and reset a forgotten password."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from degreetrack.accounts.models import Attempt, Lockout, StaffSession
from degreetrack.journal.models import Entry
from degreetrack.journal.services import timeline
from degreetrack.notifications import rewordings
from degreetrack.notifications.models import Notice
from degreetrack.web import captcha
from degreetrack.web.browsers import named
from degreetrack.web.desk import password_reset
from degreetrack.web.rate_limits import Limit

PASSWORD = "correct-horse-9"
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"


@pytest.fixture
def amna(aiou, person):
    return person("scrutiny", username="amna")


def digits() -> dict[str, str]:
    token = captcha.new()
    return {"captcha": token, "digits": captcha.digits(token)}


def sign_in(client, username="amna", password=PASSWORD, *, remember="nothing", onward="", **more):
    values = {"username": username, "password": password, "remember": remember} | digits() | more
    return client.post(f"/staff/login/{onward}", values, headers={"User-Agent": FIREFOX})


def is_in(client) -> bool:
    return client.get("/staff/sessions/").status_code == 200


def ask(client, email: str, **more):
    return client.post("/staff/password-reset/", {"email": email} | digits() | more)


def link_sent() -> str:
    body = Notice.objects.get(template="password_reset").body
    return re.search(r"http://127\.0\.0\.1:8000(/staff/password-reset/\S+)", body)[1]


def errors(answer) -> dict[str, list[str]]:
    return {field: list(told) for field, told in answer.context["form"].errors.items()}


def text(answer) -> str:
    return answer.content.decode()


# The page


def test_the_page_asks_for_name_password_digits_and_what_to_remember(client, aiou):
    page = text(client.get("/staff/login/"))

    assert re.findall(r"<label[^>]*>(?:<input[^>]*>)?([^<]+)</label>", page) == [
        "Username",
        "Password",
        "The digits in the image",
        "Log me on automatically each visit",
        "Remember just my username",
        "No, thanks.",
    ]
    assert re.findall(r"<button[^>]*>([^<]+)</button>", page) == ["Click here to log in"]
    assert re.findall(r'autocomplete="([^"]+)"', page) == ["username", "current-password", "off"]
    assert re.findall(r'<a href="/staff/password-reset/">([^<]+)</a>', page) == ["Forgot your password?"]
    assert re.findall(r'value="(\w+)"[^>]*checked', page) == ["nothing"]
    assert len(re.findall(r'(?:src|href)="/captcha/[^"]+\.(?:png|wav)"', page)) == 2


def test_a_sign_in_without_the_forms_own_token_is_refused(amna):
    strict = Client(enforce_csrf_checks=True)
    assert sign_in(strict).status_code == 403

    page = text(strict.get("/staff/login/"))
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)[1]
    answer = sign_in(strict, csrfmiddlewaretoken=token)

    assert (answer.status_code, answer["Location"]) == (302, "/staff/")
    assert is_in(strict)


def test_signing_in_is_journalled_with_the_browser(client, amna):
    sign_in(client)

    (entry,) = timeline(f"user/{amna.pk}")
    assert (entry.verb, entry.actor_id) == ("sign_in", amna.pk)
    assert entry.data["after"] == {"address": "127.0.0.1", "browser": "Firefox, Windows"}


def test_a_person_who_is_signed_in_goes_straight_on(client, amna):
    client.force_login(amna)

    answer = client.get("/staff/login/?next=/staff/sessions/")

    assert (answer.status_code, answer["Location"]) == (302, "/staff/sessions/")


@pytest.mark.parametrize(
    ("wanted", "goes_to"),
    [
        ("/staff/sessions/", "/staff/sessions/"),
        ("https://evil.example/", "/staff/"),
        ("//evil.example/", "/staff/"),
        ("javascript:alert(1)", "/staff/"),
        ("", "/staff/"),
    ],
)
def test_nobody_is_sent_to_another_site(client, amna, wanted, goes_to):
    assert sign_in(client, onward=f"?next={wanted}")["Location"] == goes_to


# Digits and refusals


def test_wrong_digits_keep_the_name_but_never_the_password_and_bring_a_fresh_image(client, amna):
    token = captcha.new()
    answer = sign_in(client, captcha=token, digits="x", remember="username")

    page = text(answer)
    assert errors(answer) == {
        "digits": ["These are not the digits in the image, or are over five minutes old. Type the new ones."]
    }
    assert re.findall(r'<li><a href="#(\w+)">', page) == ["digits"]
    assert 'value="amna"' in page
    assert PASSWORD not in page
    assert token not in page
    assert re.findall(r'value="(\w+)"[^>]*checked', page) == ["username"]
    assert not is_in(client)


def test_digits_serve_for_one_try_only(client, amna):
    once = digits()
    sign_in(client, password="wrong", **once)

    assert list(errors(sign_in(client, **once))) == ["digits"]


def test_empty_fields_are_named_one_by_one(client, aiou):
    answer = client.post("/staff/login/", {})

    assert errors(answer) == {
        "username": ["Type your username."],
        "password": ["Type your password."],
        "digits": ["Type the digits in the image, or listen to them."],
    }


def test_unknown_inactive_and_wrong_are_told_in_the_same_words(client, amna, person):
    person("scrutiny", username="gone", is_active=False)

    answers = [
        sign_in(client, "amna", "wrong"),
        sign_in(client, "gone", PASSWORD),
        sign_in(client, "nobody", "wrong"),
    ]

    told = {"username": ["The username or the password is wrong."]}
    assert [errors(answer) for answer in answers] == [told] * 3
    assert [answer.status_code for answer in answers] == [200] * 3


def hashes_made(monkeypatch, client, username: str) -> int:
    made: list[str] = []
    encode = MD5PasswordHasher.encode
    monkeypatch.setattr(
        MD5PasswordHasher, "encode", lambda self, *given: made.append(username) or encode(self, *given)
    )
    sign_in(client, username, "wrong")
    monkeypatch.undo()
    return len(made)


def test_the_hash_is_computed_for_unknown_names_as_well(client, amna, person, monkeypatch):
    person("scrutiny", username="gone", is_active=False)

    made = [hashes_made(monkeypatch, client, name) for name in ("amna", "gone", "nobody")]

    assert made == [1, 1, 1]


# Lock-out


def test_five_failures_lock_the_account_and_its_owner_is_told_once(client, amna):
    for _ in range(5):
        sign_in(client, password="wrong")

    answers = [sign_in(client), sign_in(client)]

    assert [answer.status_code for answer in answers] == [429, 429]
    assert 890 <= int(answers[0]["Retry-After"]) <= 900
    assert not is_in(client)
    assert list(Notice.objects.values_list("template", "to")) == [("lockout", "amna@example.org")]
    assert [entry.verb for entry in timeline(f"user/{amna.pk}")] == ["locked", "notice"]


def _entries() -> int:
    """What the journal holds beside the load of the institution's files."""
    return Entry.objects.exclude(stream="admin/files").count()


def test_a_name_that_does_not_exist_is_locked_alike_and_leaves_no_trace(client, aiou):
    for _ in range(5):
        sign_in(client, "nobody", "wrong")

    answer = sign_in(client, "nobody")

    assert answer.status_code == 429
    assert "Nobody can sign in this way for 15 more minutes." in text(answer)
    assert (Notice.objects.count(), _entries()) == (0, 0)


def test_the_lock_ends_by_itself(client, amna):
    for _ in range(5):
        sign_in(client, password="wrong")
    Lockout.objects.update(until=timezone.now())
    Attempt.objects.update(at=timezone.now() - timedelta(minutes=15))

    assert sign_in(client)["Location"] == "/staff/"


def test_a_success_forgets_earlier_failures(client, amna):
    for _ in range(4):
        sign_in(client, password="wrong")
    sign_in(client)
    client.post("/staff/logout/")

    for _ in range(4):
        sign_in(client, password="wrong")

    assert sign_in(client)["Location"] == "/staff/"


# The three choices


def test_log_me_on_automatically_lasts_thirty_days(client, amna):
    answer = sign_in(client, remember="session")

    assert answer.cookies["sessionid"]["max-age"] == 30 * 24 * 60 * 60
    assert Session.objects.get().expire_date - timezone.now() > timedelta(days=29, hours=23)
    assert StaffSession.objects.get().lasting is True


def test_a_lasting_session_can_be_ended_from_elsewhere(amna):
    home, office = Client(), Client()
    sign_in(home, remember="session")
    sign_in(office)
    at_home = StaffSession.objects.get(lasting=True)

    office.post(f"/staff/sessions/{at_home.pk}/end/")

    assert [is_in(home), is_in(office)] == [False, True]


@pytest.mark.parametrize("remember", ["username", "nothing", ""])
def test_otherwise_the_session_ends_with_the_browser(client, amna, remember):
    answer = sign_in(client, remember=remember)

    assert (answer.cookies["sessionid"]["max-age"], answer.cookies["sessionid"]["expires"]) == ("", "")
    assert StaffSession.objects.get().lasting is False


def test_just_my_username_is_remembered_after_success(client, amna):
    answer = sign_in(client, remember="username")
    cookie = answer.cookies["staff_name"]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Lax", "/staff/login/")
    client.post("/staff/logout/")

    page = text(client.get("/staff/login/"))

    assert re.findall(r'name="username" value="([^"]+)"', page) == ["amna"]
    assert re.findall(r'value="(\w+)"[^>]*checked', page) == ["username"]


def test_a_name_in_urdu_is_remembered_as_well(client, aiou, person):
    person("scrutiny", username="آمنہ")
    sign_in(client, "آمنہ", remember="username")
    client.post("/staff/logout/")

    assert 'value="آمنہ"' in text(client.get("/staff/login/"))


def test_a_failure_writes_no_name_down(client, amna):
    answer = sign_in(client, password="wrong", remember="username")

    assert "staff_name" not in answer.cookies


def test_a_name_that_somebody_wrote_into_the_cookie_is_ignored(client, aiou):
    client.cookies["staff_name"] = "amna:made-up"

    assert 'value="amna"' not in text(client.get("/staff/login/"))


def test_no_thanks_forgets_the_name(client, amna):
    sign_in(client, remember="username")
    client.post("/staff/logout/")

    sign_in(client, remember="nothing")

    assert client.cookies["staff_name"].value == ""


# Sessions


def test_own_sessions_are_listed_with_this_one_marked(amna, django_assert_num_queries):
    here, there = Client(), Client()
    sign_in(here)
    with django_assert_num_queries(6):
        here.get("/staff/sessions/")
    sign_in(there, remember="session")
    sign_in(Client())

    with django_assert_num_queries(6):
        page = text(here.get("/staff/sessions/"))

    assert page.count("<bdi>Firefox, Windows</bdi>") == 3
    assert page.count("(this one)") == 1
    assert page.count("for 30 days") == 1


def test_ending_this_session_signs_out(client, amna):
    sign_in(client)

    answer = client.post(f"/staff/sessions/{StaffSession.objects.get().pk}/end/")

    assert answer["Location"] == "/staff/login/"
    assert not is_in(client)
    assert [entry.verb for entry in timeline(f"user/{amna.pk}")] == ["sign_in", "session_ended"]


def test_nobody_ends_the_session_of_another(client, amna, person):
    sign_in(Client())
    client.force_login(person("scrutiny"))

    answer = client.post(f"/staff/sessions/{StaffSession.objects.get(user=amna).pk}/end/")

    assert answer.status_code == 404
    assert StaffSession.objects.count() == 1


def test_signing_out_is_by_post_and_is_journalled(client, amna):
    sign_in(client)
    assert client.get("/staff/logout/").status_code == 405

    client.post("/staff/logout/")

    assert not is_in(client)
    assert [entry.verb for entry in timeline(f"user/{amna.pk}")] == ["sign_in", "sign_out"]
    assert (StaffSession.objects.count(), Session.objects.count()) == (0, 0)


def test_signing_out_twice_does_no_harm(client, aiou):
    assert client.post("/staff/logout/")["Location"] == "/staff/login/"


@pytest.mark.parametrize(
    ("header", "name"),
    [
        (FIREFOX, "Firefox, Windows"),
        (
            "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/140 Mobile Safari/537.36",
            "Chrome, Android",
        ),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18 Safari/604.1", "Safari, iPhone"),
        ("curl/8", ""),
    ],
)
def test_browsers_are_named_as_people_know_them(header, name):
    assert named(header) == name


# Forgot your password?


def test_the_reset_form_asks_for_an_address_and_digits(client, aiou):
    page = text(client.get("/staff/password-reset/"))

    assert re.findall(r"<label[^>]*>([^<]+)</label>", page) == ["E-mail address", "The digits in the image"]
    assert re.findall(r'<button class="blue">([^<]+)</button>', page) == ["Send me a password reset link"]


def test_a_link_is_sent_and_the_journal_does_not_hold_it(client, amna):
    answer = ask(client, "AMNA@example.org")

    assert answer["Location"] == "/staff/password-reset/sent/"
    assert Notice.objects.get().to == "amna@example.org"
    assert [entry.verb for entry in timeline(f"user/{amna.pk}")] == ["password_reset_asked", "notice"]
    token = link_sent().split("/")[-2]
    assert [entry for entry in Entry.objects.all() if token in str(entry.data) + entry.reason] == []


def test_an_unknown_address_gets_the_same_answer_and_leaves_no_trace(client, amna, person):
    person("scrutiny", username="gone", is_active=False)
    locked_away = person("scrutiny", username="keyless")
    locked_away.set_unusable_password()
    locked_away.save()

    for name in ("nobody", "gone", "keyless"):
        assert ask(client, f"{name}@example.org")["Location"] == "/staff/password-reset/sent/"

    assert (Notice.objects.count(), _entries()) == (0, 0)


def test_known_and_unknown_addresses_cost_the_same_statements(client, amna):
    counts = []
    # Each process reads the wordings once a minute, whoever asks.
    rewordings.of("password_reset", "en", "email")
    for email in ("amna@example.org", "nobody@example.org"):
        with CaptureQueriesContext(connection) as statements:
            ask(client, email)
        counts.append([s["sql"].split()[0] for s in statements if "SAVEPOINT" not in s["sql"]])

    assert counts[0] == counts[1]


def test_the_link_works_once_and_ends_every_session(client, amna):
    elsewhere = Client()
    sign_in(elsewhere, remember="session")
    ask(client, "amna@example.org")
    link = link_sent()

    form = client.get(link, follow=True)
    address = form.redirect_chain[0][0]
    assert address.endswith("/new-password/")
    new = {"new_password1": "a-fresh-start-7", "new_password2": "a-fresh-start-7"}
    done = client.post(address, new)

    assert done["Location"] == "/staff/password-reset/complete/"
    assert "The new password is set" in text(client.get(done["Location"]))
    assert not is_in(elsewhere)
    assert StaffSession.objects.count() == 0
    assert "This link no longer works" in text(client.get(link))
    assert sign_in(client, password="a-fresh-start-7")["Location"] == "/staff/"
    assert [entry.verb for entry in timeline(f"user/{amna.pk}")] == [
        "sign_in",
        "password_reset_asked",
        "notice",
        "password_reset",
        "notice",
        "sign_in",
        "new_browser",
        "notice",
    ]


def test_a_new_password_is_the_way_out_of_a_lock(client, amna):
    for _ in range(5):
        sign_in(client, password="wrong")
    ask(client, "amna@example.org")
    address = client.get(link_sent())["Location"]

    client.post(address, {"new_password1": "a-fresh-start-7", "new_password2": "a-fresh-start-7"})

    assert sign_in(client, password="a-fresh-start-7")["Location"] == "/staff/"


def test_resetting_from_a_signed_in_browser_signs_it_out(client, amna):
    ask(client, "amna@example.org")
    sign_in(client)
    # Signing in has made the first link stale.
    Notice.objects.all().delete()
    ask(client, "amna@example.org")
    address = client.get(link_sent())["Location"]

    done = client.post(address, {"new_password1": "a-fresh-start-7", "new_password2": "a-fresh-start-7"})

    assert done["Location"] == "/staff/password-reset/complete/"
    assert not is_in(client)


def test_a_poor_password_is_refused_with_its_reasons(client, amna):
    ask(client, "amna@example.org")
    address = client.get(link_sent())["Location"]

    answer = client.post(address, {"new_password1": "short", "new_password2": "other"})

    assert list(answer.context["form"].errors) == ["new_password2"]
    assert re.findall(r'<li><a href="#(\w+)">', text(answer)) == ["new_password2"]


def test_the_link_works_for_an_hour(client, amna, monkeypatch):
    ask(client, "amna@example.org")
    link = link_sent()
    now = PasswordResetTokenGenerator()._now()

    answers = []
    for seconds in (3595, 3605):
        later = now + timedelta(seconds=seconds)
        monkeypatch.setattr(PasswordResetTokenGenerator, "_now", lambda self, later=later: later)
        answers.append(client.get(link).status_code)

    assert answers == [302, 200]


def test_a_made_up_link_does_not_work(client, aiou):
    answer = client.get("/staff/password-reset/AAAA/made-up/")

    assert "This link no longer works" in text(answer)


def test_wrong_digits_send_nothing(client, amna):
    answer = ask(client, "amna@example.org", digits="1")

    assert list(errors(answer)) == ["digits"]
    assert 'value="amna@example.org"' in text(answer)
    assert Notice.objects.count() == 0


def test_a_mailbox_is_not_flooded(client, amna):
    answers = [ask(client, "amna@example.org") for _ in range(5)]

    assert [answer["Location"] for answer in answers] == ["/staff/password-reset/sent/"] * 5
    assert Notice.objects.count() == 3


@pytest.mark.usefixtures("one_moment")
def test_one_address_cannot_ask_without_end(client, aiou, monkeypatch):
    monkeypatch.setattr(password_reset, "BY_ADDRESS", Limit("password-reset", 1, 900))

    answers = [ask(client, f"{n}@example.org") for n in range(2)]

    assert [answer.status_code for answer in answers] == [302, 429]
    assert 1 <= int(answers[1]["Retry-After"]) <= 900


def test_the_page_after_asking_says_what_comes_next(client, aiou):
    assert "If the address belongs to an account" in text(client.get("/staff/password-reset/sent/"))


def test_before_the_institution_is_loaded_staff_can_reset_as_well(client, person):
    person("controller", username="first")

    ask(client, "first@example.org")

    assert "at http://127.0.0.1:8000." in Notice.objects.get().body


def test_pages_are_urdu_for_those_who_chose_it(client, aiou):
    client.cookies["django_language"] = "ur"

    assert 'dir="rtl"' in text(client.get("/staff/login/"))
