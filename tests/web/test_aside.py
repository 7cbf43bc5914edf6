"""The page of what the worker has set aside."""

import pytest
from django.utils import timezone

from degreetrack.accounts.models import Role
from degreetrack.aside.models import Aside
from degreetrack.aside.services import Trying
from degreetrack.journal.services import timeline
from tests.web.test_portal import words

pytestmark = pytest.mark.django_db


@pytest.fixture
def broken():
    """Set a row aside whose fault names a person."""

    def fail(words: str) -> None:
        raise ValueError(words)

    def set_aside(row: str, job: str = "remind_due", *, words: str = "") -> Aside:
        Trying(job, tries=1).attempt(row, fail, words)
        return Aside.objects.get(job=job, row=row)

    return set_aside


def test_it_tells_what_since_when_and_the_kind_of_the_fault_and_nothing_of_a_person(
    desk, in_state, broken, caplog
):
    application = in_state()
    student = application.result.student
    broken(application.stream, words=f"{student.name_en} {student.cnic}")

    page = words(desk(Role.CONTROLLER).get("/staff/aside/"))

    assert "Reminding of objections" in page
    assert application.tracking_id in page
    assert "ValueError" in page
    for said in (page, caplog.text, str(timeline(application.stream)[-1].data)):
        assert student.name_en not in said
        assert student.cnic not in said


def test_home_points_to_it_where_there_is_something(desk, broken, aiou):
    client = desk(Role.CONTROLLER)

    assert "/staff/aside/" not in client.get("/staff/").content.decode()
    broken("payment/1", "follow_payments")
    assert "The system has set 1 piece of its work aside" in words(client.get("/staff/"))


def test_try_again_is_journalled_and_takes_it_off_the_list(desk, clerks, broken, aiou):
    row = broken("payment/1", "follow_payments")

    page = words(desk(Role.CONTROLLER).post(f"/staff/aside/{row.pk}/again/", follow=True))

    assert "The worker tries it again" in page
    assert "Nothing is set aside." in page
    told = timeline("payment/1")[-1]
    assert (told.verb, told.actor_id) == ("tried_again", clerks(Role.CONTROLLER).pk)
    assert Trying("follow_payments", at=timezone.now()).due == ["payment/1"]


def test_an_auditor_reads_and_a_clerk_does_not(desk, broken, aiou):
    row = broken("payment/1", "follow_payments")

    assert "Try again" not in words(desk(Role.AUDITOR).get("/staff/aside/"))
    desk(Role.AUDITOR).post(f"/staff/aside/{row.pk}/again/")
    assert Aside.objects.get().set_aside_at
    assert desk(Role.SCRUTINY).get("/staff/aside/").status_code == 403


def test_three_rows_cost_as_much_as_one(desk, in_state, broken, django_assert_num_queries):
    client = desk(Role.CONTROLLER)
    for number in (1, 3):
        while Aside.objects.count() < number:
            broken(in_state().stream)
        with django_assert_num_queries(7):
            page = client.get("/staff/aside/").content.decode()

    assert page.count("/again/") == 3
