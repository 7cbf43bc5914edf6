"""Two superusers who end each other at one instant: one of them stays."""

import threading

import pytest
from django.db import connection
from django.test import Client

from degreetrack.accounts.models import Role, User
from tests.office import address

pytestmark = pytest.mark.django_db(transaction=True)


def test_of_two_superusers_who_end_each_other_one_stays(person, aiou):
    pair = [person(Role.CONTROLLER, username=name, is_superuser=True) for name in ("one", "two")]
    browsers = [Client(), Client()]
    for user, browser in zip(pair, browsers, strict=True):
        browser.force_login(user)
    start = threading.Barrier(2)
    answers: list[int] = []

    def end(browser: Client, other: User) -> None:
        start.wait()
        try:
            typed = {"username": other.username, "email": "a@example.org", "language": "en"}
            answers.append(browser.post(address(other), typed).status_code)
        finally:
            connection.close()

    threads = [threading.Thread(target=end, args=args) for args in zip(browsers, reversed(pair), strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    # Whoever comes second is told on the page; a moment later they would be sent to sign in or refused.
    assert sorted(answers) in ([200, 302], [302, 302], [302, 403])
    assert User.objects.filter(is_superuser=True, is_active=True).count() == 1
