"""Hashing passwords: with OWASP's costs, one at a time, and never so many that pages wait."""

import os
import sys
import threading
from contextlib import ExitStack

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher, check_password, make_password

from degreetrack.accounts import hashing
from degreetrack.web import captcha


@pytest.fixture(autouse=True)
def _hashed_as_in_production(settings):
    settings.PASSWORD_HASHERS = ["degreetrack.accounts.hashing.ModestArgon2"]


def _sign_in(client, username="nobody"):
    token = captcha.new()
    sign_in = {"username": username, "password": "wrong-horse-9", "remember": "nothing"}
    return client.post("/staff/login/", sign_in | {"captcha": token, "digits": captcha.digits(token)})


def test_a_hash_names_its_kind_and_costs():
    made = make_password("correct-horse-9")

    assert made.startswith("argon2$argon2id$v=19$m=19456,t=2,p=1$")
    assert check_password("correct-horse-9", made)
    assert not check_password("correct-horse-8", made)


def test_a_hash_of_other_costs_still_opens_and_is_renewed():
    old = Argon2PasswordHasher().encode("correct-horse-9", "saltsaltsaltsalt")
    renewed = []

    assert check_password("correct-horse-9", old, setter=lambda raw: renewed.append(make_password(raw)))
    assert [new.split("$")[3] for new in renewed] == ["m=19456,t=2,p=1"]


def test_one_password_is_hashed_at_a_time_on_a_machine():
    with hashing._turn():
        other = threading.Thread(target=make_password, args=("correct-horse-9",))
        other.start()
        other.join(0.5)
        waited = other.is_alive()
    other.join()

    assert waited


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux lets one thread stand behind the others")
def test_the_hand_that_hashes_stands_behind_pages():
    # By the way that every password takes.
    niceness = hashing._modestly(os.getpriority, os.PRIO_PROCESS, 0)

    assert niceness == min(19, os.getpriority(os.PRIO_PROCESS, 0) + 5)


@pytest.fixture
def _all_places_taken():
    with ExitStack() as places:
        for _ in range(hashing.WAITING):
            hashing._places.acquire()
            places.callback(hashing._places.release)
        yield


@pytest.mark.usefixtures("_all_places_taken")
def test_past_the_places_a_sign_in_is_told_to_come_back(client):
    answer = _sign_in(client)
    with pytest.raises(hashing.TooManySignIns):
        make_password("correct-horse-9")

    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert "آپ کی درخواست محفوظ ہے" in answer.content.decode()
    assert (answer["Cache-Control"], answer["X-Request-ID"] != "") == ("no-store", True)


def test_once_places_are_free_again_a_sign_in_is_answered(client, aiou):
    pages = [_sign_in(client, f"nobody{n}").content.decode() for n in range(hashing.WAITING + 1)]

    assert all("The username or the password is wrong." in page for page in pages)


def test_who_has_waited_too_long_for_the_turn_is_told_to_come_back(client, aiou, monkeypatch):
    monkeypatch.setattr(hashing, "PATIENCE", 0.1)
    with hashing._turn():
        answer = _sign_in(client)
    hashing._hand().submit(int).result()

    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
