"""What most tests need: the institution, people of each role, results."""

import time
from collections.abc import Callable
from datetime import date
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client, TransactionTestCase
from django.utils import translation

from degreetrack.accounts import sessions
from degreetrack.accounts.models import Right, Section, User
from degreetrack.catalogue.models import Institution, Programme, Region
from degreetrack.catalogue.services import load_institution
from degreetrack.kit.urdu import search_key
from degreetrack.notifications import rewordings
from degreetrack.records.models import Result, Student
from degreetrack.records.names import learn
from degreetrack.web import rate_limits

pytest_plugins = [
    "tests.life",
    "tests.mail",
    "tests.office",
    "tests.privacy",
    "tests.served",
    "tests.shelves",
]
GUARDED = (
    "journal.migrations.0004_veils_and_archives",
    "fees.migrations.0002_append_only",
    "credentials.migrations.0002_stock",
)
AIOU = Path(__file__).parent.parent / "institutions" / "aiou"


@pytest.fixture(autouse=True)
def _fresh() -> None:
    """No limit, no wording and no language is left over from the test before."""
    cache.clear()
    rewordings.forget()
    translation.activate("en")


@pytest.fixture
def one_moment(monkeypatch) -> None:
    """What is limited within some minutes is asked within them, however slow the machine."""
    now = time.time()
    monkeypatch.setattr(rate_limits, "time", SimpleNamespace(time=lambda: now))


@pytest.fixture
def aiou(db) -> Institution:
    """The institution as its files describe it."""
    load_institution(AIOU)
    return Institution.objects.get()


@pytest.fixture
def person(db) -> Callable[..., User]:
    """Make a member of staff whose section holds exactly one role."""

    def make(role: str, **more) -> User:
        section, _ = Section.objects.get_or_create(
            code=f"only-{role}", defaults={"name_en": role, "name_ur": role}
        )
        for office in ("", Right.EVERYWHERE):
            Right.objects.get_or_create(section=section, office=office, role=role)
        username = more.pop("username", f"{role}{User.objects.count()}")
        return User.objects.create_user(
            username, f"{username}@example.org", "correct-horse-9", section=section, is_staff=True, **more
        )

    return make


@pytest.fixture
def a_result(aiou) -> Callable[..., Result]:
    """Make a student with one result."""

    def make(roll_no: str = "BO680724", **over) -> Result:
        number = Student.objects.count() + 1
        student_fields = {
            "registration_no": f"19-ISL-{number:06}",
            "name_en": "Ayesha Siddiqa",
            "name_ur": "عائشہ صدیقہ",
            "father_name_en": "Imran Khan",
            "father_name_ur": "عمران خان",
            "gender": "F",
            "date_of_birth": date(1995, 5, 1),
            "cnic": f"00501-{number:07}-1",
            "mobile": "+923001234567",
            "email": "ayesha@example.org",
            "region": Region.objects.get(name_en="Islamabad"),
        } | {key: over.pop(key) for key in list(over) if key in {f.name for f in Student._meta.fields}}
        learn([search_key(student_fields["name_en"]), search_key(student_fields["name_ur"])])
        student = Student.objects.create(
            name_key=search_key(student_fields["name_en"]),
            name_ur_key=search_key(student_fields["name_ur"]),
            **student_fields,
        )
        fields = {
            "programme": Programme.objects.get(code="BSCS"),
            "semester_passed": "Spring 2024",
            "result_date": date(2025, 3, 1),
            "total_marks": 4300,
            "obtained_marks": 3000,
        } | over
        return Result.objects.create(student=student, roll_no=roll_no, **fields)

    return make


def _emptied(self, original=TransactionTestCase._fixture_teardown) -> None:
    """Empty the database after a test that committed; the guards of history must let go meanwhile."""
    guards = [import_module(f"degreetrack.{guard}") for guard in GUARDED]
    with connection.schema_editor() as editor:
        for guard in guards:
            guard.allow(None, editor)
    original(self)
    with connection.schema_editor() as editor:
        for guard in guards:
            guard.forbid(None, editor)


TransactionTestCase._fixture_teardown = _emptied


def _signed_in(self, user, backend=None, *, second=True, now=None, original=Client.force_login) -> None:
    """As after both steps of signing in, a moment ago; or after the password alone."""
    original(self, user, backend)
    session = self.session
    sessions.begin(session, second=second, now=now)
    session.save()


Client.force_login = _signed_in
