"""A student who hands in papers, and the store that keeps them."""

from pathlib import Path

import pytest

from degreetrack.accounts.models import Actor, Role
from degreetrack.catalogue.models import RequiredDocument
from degreetrack.documents.models import store
from degreetrack.records.models import Student

APPLICANT = Actor("applicant", frozenset({Role.APPLICANT}))


@pytest.fixture
def student(a_result) -> Student:
    """Somebody with a result."""
    return a_result().student


@pytest.fixture
def cnic(student) -> RequiredDocument:
    """A paper that every application needs."""
    return RequiredDocument.objects.get(pk="cnic")


@pytest.fixture
def kept() -> Path:
    """The folder of the store, empty."""
    folder = Path(store().path(""))
    for path in folder.rglob("*.*"):
        path.unlink()
    return folder
