"""The administration's pages as a person uses them."""

import pytest
from django.test import Client

from degreetrack.accounts.models import Role, User


@pytest.fixture
def chief(person, aiou) -> User:
    return person(Role.CONTROLLER, username="chief", is_superuser=True)


@pytest.fixture
def office(client, chief) -> Client:
    """A browser in which the chief is signed in."""
    client.force_login(chief)
    return client


def address(row_or_model, what: str = "change") -> str:
    """The address of a page about a row, or about a model."""
    meta = row_or_model._meta
    middle = "" if isinstance(row_or_model, type) else f"{row_or_model.pk}/"
    return f"/admin/{meta.app_label}/{meta.model_name}/{middle}{what}/"


def fill(browser: Client, page: str, /, **typed):
    """Open a form, type over some of it and send it, as a person does."""
    form = browser.get(page).context["adminform"].form
    sent = {}
    for field in form:
        value = field.value()
        if isinstance(value, bool):
            if value:
                sent[field.html_name] = "on"
        elif value is not None:
            sent[field.html_name] = value
    sent = {name: value for name, value in (sent | typed).items() if value is not None}
    return browser.post(page, sent)
