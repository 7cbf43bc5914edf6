"""Hashing passwords: with OWASP's costs, beside the work, and never so many that pages wait."""

import os
import threading
import time

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher, check_password, make_password

from degreetrack.accounts import hashing
from degreetrack.web import captcha


@pytest.fixture(autouse=True)
def _hashed_as_in_production(settings):
    settings.PASSWORD_HASHERS = ["degreetrack.accounts.hashing.ModestArgon2"]


def _sign_in(client):
    token = captcha.new()
    sign_in = {"username": "nobody", "password": "wrong-horse-9", "remember": "nothing"}
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


def test_hashing_steps_back_behind_other_work():
    how_nice = hashing._beside.submit(
        lambda: os.getpriority(os.PRIO_PROCESS, threading.get_native_id())
    ).result()

    assert how_nice - os.getpriority(os.PRIO_PROCESS, 0) == min(hashing.NICE, 19)


def test_past_the_places_a_sign_in_is_told_to_come_back(client, aiou):
    go_on = threading.Event()
    held = [threading.Thread(target=hashing._aside, args=(go_on.wait,)) for _ in range(hashing.WAITING)]
    for thread in held:
        thread.start()
    while hashing._places._value:
        time.sleep(0.01)
    client.raise_request_exception = False

    answer = _sign_in(client)
    go_on.set()
    for thread in held:
        thread.join()

    assert (answer.status_code, answer["Retry-After"]) == (503, "30")
    assert _sign_in(client).status_code == 200
