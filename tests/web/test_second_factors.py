"""The second step of signing in, setting factors up, and what their owner is told."""

import re
import time
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from degreetrack.accounts import factors, totp
from degreetrack.accounts.models import Factor, RecoveryCode, Role, StaffSession, User
from degreetrack.journal.services import timeline
from degreetrack.notifications.models import Notice
from degreetrack.web.desk import second
from tests.web.test_sign_in import PASSWORD, is_in, sign_in, text

pytestmark = pytest.mark.django_db


def with_app(user: User) -> str:
    """Set up an app, whose newest code is unused; return its secret."""
    secret = totp.new_secret()
    past = totp.code_of(secret, totp.step_at(timezone.now()) - 1)
    factors.add_app(user, secret=secret, code=past, name="phone")
    return secret


def code(secret: str) -> str:
    return totp.code_of(secret, totp.step_at(timezone.now()))


def told() -> list[str]:
    """What owners were told of their accounts, oldest first: the sentence alone."""
    bodies = Notice.objects.filter(template="account").order_by("pk").values_list("body", flat=True)
    return [body.split("\n\n")[1] for body in bodies]


def verbs(user: User) -> list[str]:
    return [entry.verb for entry in timeline(f"user/{user.pk}") if entry.verb != "notice"]


@pytest.fixture
def amna(aiou, person) -> User:
    return person(Role.SCRUTINY, username="amna")


# Signing in


def test_the_password_alone_lets_nobody_in_who_has_a_factor(client, amna):
    secret = with_app(amna)

    answer = sign_in(client, onward="?next=/staff/sessions/")
    assert answer["Location"] == "/staff/login/second/?next=%2Fstaff%2Fsessions%2F"
    assert not is_in(client)
    assert client.get("/staff/")["Location"] == "/staff/login/?next=/staff/"

    wrong = client.post(answer["Location"], {"code": "000 00"})
    assert (wrong.status_code, "This is not right. Try again." in text(wrong)) == (422, True)
    assert not is_in(client)

    right = client.post(answer["Location"], {"code": code(secret)})
    assert (right.status_code, right["Location"]) == (302, "/staff/sessions/")
    assert is_in(client)
    (entry,) = [entry for entry in timeline(f"user/{amna.pk}") if entry.verb == "sign_in"]
    assert entry.data["after"]["second_factor"] is True


def test_the_session_has_a_new_key_after_each_sign_in(client, amna):
    with_app(amna)
    sign_in(client)
    half = client.session.session_key
    client.post("/staff/login/second/", {"code": code(factors.secret_of(Factor.objects.get()))})

    assert client.session.session_key not in (None, half)
    assert StaffSession.objects.get().session_key == client.session.session_key


def test_what_was_to_be_remembered_is_remembered_after_the_second_step(client, amna):
    secret = with_app(amna)
    sign_in(client, remember="session")
    client.post("/staff/login/second/", {"code": code(secret)})

    assert StaffSession.objects.get().lasting is True


def test_nobody_comes_to_the_second_step_without_the_first(client, amna):
    assert client.get("/staff/login/second/")["Location"] == "/staff/login/?next=%2Fstaff%2F"
    assert client.post("/staff/login/second/", {"code": code(with_app(amna))}).status_code == 302
    assert not is_in(client)


def test_the_first_step_is_forgotten_after_ten_minutes_and_with_another_password(client, amna, monkeypatch):
    secret = with_app(amna)
    sign_in(client)
    late = time.time() + 601
    with monkeypatch.context() as later:
        later.setattr(second.time, "time", lambda: late)
        assert client.post("/staff/login/second/", {"code": code(secret)}).status_code == 302
    amna.set_password("quite-another-thing")
    amna.save()

    assert client.post("/staff/login/second/", {"code": code(secret)}).status_code == 302
    assert not is_in(client)


def test_wrong_codes_lock_the_account_as_wrong_passwords_do(client, amna):
    secret = with_app(amna)
    sign_in(client)
    statuses = [client.post("/staff/login/second/", {"code": "1"}).status_code for _ in range(4)]

    answer = client.post("/staff/login/second/", {"code": code(secret)})

    assert statuses == [422] * 4
    assert answer.status_code == 429
    assert "Wait 15 minutes, then go on here." in text(answer)
    assert sign_in(Client()).status_code == 429
    assert Notice.objects.filter(template="lockout").count() == 1


def test_a_recovery_code_serves_once_and_its_owner_is_told(client, amna):
    with_app(amna)
    codes = factors.new_codes(amna)
    for place, browser in enumerate((client, Client())):
        sign_in(browser)
        browser.post("/staff/login/second/", {"code": codes[0]})
        assert is_in(browser) is (place == 0)

    assert told() == ["A recovery code of your account was used. Unused codes that are left: 9."]
    assert verbs(amna) == ["recovery_code_used", "sign_in"]


def test_a_passkey_that_is_none_is_refused(client, amna):
    page = client.get("/staff/login/passkey/")
    assert '"challenge"' in page.context["asked"].options

    for typed in (
        "",
        "{}",
        "nonsense",
        '{"id": "AAAA", "rawId": "AAAA", "response": {}, "type": "public-key"}',
    ):
        client.get("/staff/login/passkey/")
        answer = client.post("/staff/login/passkey/", {"passkey": typed})
        assert (answer.status_code, "This passkey is not known here." in text(answer)) == (422, True)
    assert not is_in(client)


def test_an_address_of_numbers_offers_no_passkeys(client, aiou):
    page = client.get("/staff/login/passkey/", headers={"Host": "127.0.0.1:8000"})

    assert page.context["asked"] is None
    assert "where the address of this site is a name" in text(page)


def test_a_browser_that_is_not_known_is_told_of_once(amna):
    old, new = Client(), Client()
    for browser in (old, old, new, new):
        sign_in(browser)
        browser.post("/staff/logout/")

    assert told() == [
        "Somebody signed in to your account with a browser that we did not know: Firefox, Windows."
    ]


# Who must have one


def test_before_anything_else_who_must_have_a_factor_sets_one_up(client, chief):
    sign_in(client, "chief")
    for page in ("/staff/", "/staff/audit/", "/staff/sessions/", "/staff/security/", "/admin/"):
        answer = client.get(page)
        assert (answer.status_code, answer["Location"].split("?")[0]) == (302, "/staff/security/begin/"), page
    assert client.post("/staff/audit/export/")["Location"].split("?")[0] == "/staff/security/begin/"

    begin = text(client.get("/staff/security/begin/?next=/staff/audit/"))
    way = re.search(r'href="(/staff/security/app/[^"]+)"', begin)[1]
    page = client.get(way)
    secret = page.context["secret"].replace(" ", "")
    sealed = {"sealed": page.context["sealed"], "name": "my phone"}
    assert client.post(way, sealed | {"code": "1"}).status_code == 422
    done = client.post(way, sealed | {"code": code(secret)})

    shown = re.findall(r"<code>([0-9][A-Z0-9]{4}-[A-Z0-9]{5})</code>", text(done))
    assert (len(shown), 'href="/staff/audit/"' in text(done)) == (10, True)
    assert client.get("/staff/audit/").status_code == 200
    assert verbs(chief) == ["sign_in", "factor_added", "recovery_codes_made"]
    assert told() == [
        "A second factor was added to your account: my phone.",
        "New recovery codes were made for your account. Older ones no longer work.",
    ]
    assert isinstance(factors.proved_by(chief, shown[0]), RecoveryCode)


def test_an_older_session_proves_itself_by_the_factor_set_up_elsewhere(client, chief):
    client.force_login(chief, second=False)
    secret = with_app(chief)

    page = client.get("/staff/audit/", follow=True)
    kept = {"carried": re.search(r'name="carried" value="([^"]+)"', text(page))[1]}
    begin = page.redirect_chain[-1][0]
    assert client.get("/staff/security/app/").status_code == 403
    done = client.post(begin, kept | {"password": PASSWORD, "code": code(secret)}, follow=True)

    assert done.redirect_chain[-1][0] == "/staff/audit/"
    assert client.get("/staff/audit/").status_code == 200


def test_the_administration_wants_a_second_factor_of_everybody(client, amna):
    client.force_login(amna, second=False)

    assert client.get("/staff/").status_code == 200
    assert client.get("/admin/")["Location"] == "/staff/security/begin/?next=%2Fadmin%2F"


def test_who_must_have_one_signs_in_every_day(client, chief):
    secret = with_app(chief)
    sign_in(client, "chief", remember="session")
    client.post("/staff/login/second/", {"code": code(secret)})

    assert StaffSession.objects.get().lasting is False


# One's own page


def test_factors_are_listed_renamed_and_removed(client, amna, django_assert_num_queries):
    with_app(amna)
    factors.new_codes(amna)
    client.force_login(amna)
    client.get("/staff/security/")
    with django_assert_num_queries(7):
        client.get("/staff/security/")
    with_app(amna)
    with_app(amna)
    with django_assert_num_queries(7):
        page = text(client.get("/staff/security/"))
    assert page.count('value="phone"') == 3
    assert "Unused codes that are left: <bdi>10</bdi>" in page

    first, *others = Factor.objects.order_by("pk")
    client.post(f"/staff/security/{first.pk}/name/", {"name": " office phone "})
    for other in others:
        client.post(f"/staff/security/{other.pk}/remove/")

    assert list(Factor.objects.values_list("name", flat=True)) == ["office phone"]
    assert verbs(amna) == ["factor_renamed", "factor_removed", "factor_removed"]
    assert told() == ["A second factor was removed from your account: phone."] * 2


def test_nobody_touches_anothers_factor(client, amna, person):
    with_app(amna)
    client.force_login(person(Role.SCRUTINY))

    for what in ("name", "remove"):
        answer = client.post(f"/staff/security/{Factor.objects.get().pk}/{what}/", {"name": "mine"})
        assert answer.status_code == 404
    assert Factor.objects.get().name == "phone"


def test_the_last_factor_of_who_must_have_one_stays(client, chief):
    with_app(chief)
    client.force_login(chief)

    page = client.post(f"/staff/security/{Factor.objects.get().pk}/remove/", follow=True)

    assert "You must have a second factor: add another one first." in text(page)
    assert Factor.objects.count() == 1


def test_new_recovery_codes_are_shown_once(client, amna):
    client.force_login(amna)
    refused = client.post("/staff/security/codes/", follow=True)
    assert "Set up an authenticator app or a passkey first." in text(refused)

    with_app(amna)
    shown = re.findall(
        r"<code>([0-9][A-Z0-9]{4}-[A-Z0-9]{5})</code>", text(client.post("/staff/security/codes/"))
    )

    assert len(shown) == 10
    assert shown[0] not in text(client.get("/staff/security/"))
    assert client.get("/staff/security/codes/").status_code == 405


def test_a_key_in_letters_that_no_seal_has_is_not_taken(client, amna):
    client.force_login(amna)

    answer = client.post("/staff/security/app/", {"sealed": "٣🗝", "code": "123456"})

    assert (answer.status_code, answer["Location"]) == (302, "/staff/security/app/")


def test_a_key_that_was_not_drawn_for_this_person_is_not_taken(client, amna, person):
    client.force_login(person(Role.SCRUTINY))
    foreign = client.get("/staff/security/app/").context
    client.force_login(amna)
    mine = client.post(
        "/staff/security/app/",
        {"sealed": foreign["sealed"], "code": code(foreign["secret"].replace(" ", ""))},
    )

    assert (mine.status_code, Factor.objects.count()) == (302, 0)


# Password and sessions


NEW = "harbour-violet-kite"


def change(client, old: str = PASSWORD, new: str = NEW):
    return client.post(
        "/staff/security/password/", {"old_password": old, "new_password1": new, "new_password2": new}
    )


def test_a_new_password_ends_the_other_sessions_and_its_owner_is_told(amna):
    here, there = Client(), Client()
    for browser in (here, there):
        sign_in(browser)
    Notice.objects.all().delete()

    assert change(here)["Location"] == "/staff/security/"

    assert [is_in(here), is_in(there)] == [True, False]
    assert StaffSession.objects.get().session_key == here.session.session_key
    assert told() == ["The password of your account was changed."]
    assert sign_in(there, password=NEW)["Location"] == "/staff/"


def test_the_old_password_must_be_known_and_is_not_guessed_without_end(client, amna):
    client.force_login(amna)
    answers = [change(client, old="wrong") for _ in range(6)]

    assert [list(answer.context["form"].errors) for answer in answers] == [["old_password"]] * 6
    assert "Too many tries. Wait 15 minutes" in text(answers[-1])
    amna.refresh_from_db()
    assert amna.check_password(PASSWORD)


def test_a_guessable_new_password_is_refused(client, amna):
    client.force_login(amna)

    assert list(change(client, new="Password1234").context["form"].errors) == ["new_password2"]


def test_all_sessions_but_this_one_are_ended_at_once(amna):
    here, there = Client(), Client()
    for browser in (here, there):
        sign_in(browser)

    here.post("/staff/sessions/end-others/")

    assert [is_in(here), is_in(there)] == [True, False]
    assert verbs(amna)[-1] == "sessions_ended"


def test_a_session_left_alone_ends_and_says_so(client, amna):
    sign_in(client)
    session = client.session
    session["seen"] -= 3600
    session.save()

    answer = client.get("/staff/work/received/")
    page = text(client.get(answer["Location"]))

    assert answer["Location"] == "/staff/login/?next=/staff/work/received/"
    assert "You were signed out because the time was over." in page
    assert StaffSession.objects.count() == 0
    assert verbs(amna) == ["sign_in", "session_over"]


def test_a_session_is_written_to_once_in_five_minutes(client, amna):
    sign_in(client)
    row = StaffSession.objects.get()
    client.get("/staff/")
    assert StaffSession.objects.get().seen == row.seen

    session = client.session
    session["seen"] -= 301
    session.save()
    client.get("/staff/")

    assert StaffSession.objects.get().seen > row.seen
    assert timezone.now() - StaffSession.objects.get().seen < timedelta(minutes=1)


# The administrator


def test_an_administrator_resets_factors_with_a_reason_and_the_person_is_told(office, chief, amna):
    with_app(amna)
    factors.new_codes(amna)
    elsewhere = Client()
    elsewhere.force_login(amna)
    page = f"/admin/accounts/user/{amna.pk}/security/"
    assert f'href="{page}"' in text(office.get(f"/admin/accounts/user/{amna.pk}/change/"))
    assert "Authenticator app: phone" in text(office.get(page))

    office.post(page, {"factors": "1", "reason": "x"})
    assert Factor.objects.count() == 1
    office.post(page, {"factors": "1", "reason": "Phone stolen, seen with CNIC"})

    assert (Factor.objects.count(), RecoveryCode.objects.count()) == (0, 0)
    reset, _notice, ended = timeline(f"user/{amna.pk}")
    assert (reset.verb, reset.actor_name, reset.reason) == (
        "factors_reset", "chief", "Phone stolen, seen with CNIC",
    )  # fmt: skip
    assert ended.verb == "sessions_ended"
    assert told() == [
        "An administrator removed the second factors of your account. You are asked for a new one when you"
        " sign in."
    ]


def test_an_administrator_ends_anothers_sessions(office, amna):
    there = Client()
    sign_in(there)

    office.post(f"/admin/accounts/user/{amna.pk}/security/", {"reason": "Left the computer open"})

    assert not is_in(there)


def test_the_console_helps_the_last_administrator(chief, capsys):
    with_app(chief)
    with pytest.raises(CommandError, match="There is nobody of the name nobody"):
        call_command("reset_factors", "nobody", "--reason", "Phone lost")

    call_command("reset_factors", "chief", "--reason", "Phone lost")

    assert (
        capsys.readouterr().out == "Second factors removed: 1. chief sets up a new one at the next sign-in.\n"
    )
    assert (Factor.objects.count(), verbs(chief)) == (0, ["factors_reset", "sessions_ended"])
    assert timeline(f"user/{chief.pk}")[0].actor_name == "console"


def test_nobody_resets_their_own_or_a_superusers_factors_beside_the_door(office, chief, client, person):
    assert office.get(f"/admin/accounts/user/{chief.pk}/security/")["Location"] == "/staff/security/"
    clerk = person(Role.SCRUTINY)
    other = Client()
    other.force_login(clerk)

    assert other.get(f"/admin/accounts/user/{chief.pk}/security/").status_code == 403
