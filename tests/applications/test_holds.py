"""Files in hand: each with one clerk, for a while, and none forgotten."""

from datetime import date, timedelta
from threading import Barrier, Thread

import pytest
from django.conf import settings as live
from django.db import connections
from django.utils import timezone

from degreetrack.accounts.models import CLOCK, Role, User
from degreetrack.applications import holds, services
from degreetrack.applications.lifecycle import State
from degreetrack.applications.models import Application, Hold
from degreetrack.catalogue.models import Programme, Region
from degreetrack.journal.services import timeline
from degreetrack.kit.refusals import Refused
from degreetrack.records.models import Result, Student
from tests.life import applicant_of

EVERYWHERE = pytest.mark.django_db


@pytest.fixture
def two(person) -> tuple[User, User]:
    """Two clerks of scrutiny."""
    return person(Role.SCRUTINY, username="first"), person(Role.SCRUTINY, username="second")


@EVERYWHERE
def test_urgent_files_come_first_then_the_oldest_and_no_file_twice(in_state, two):
    old, newer, urgent = in_state(), in_state(), in_state(urgent=True)
    first, second = two

    assert holds.take_next(first, State.RECEIVED) == urgent
    assert holds.take_next(second, State.RECEIVED) == old
    assert holds.take_next(first, State.RECEIVED) == urgent, "what is in hand is not forgotten"
    services.move(urgent.tracking_id, "check", by=first)
    assert holds.take_next(first, State.RECEIVED) == newer
    services.move(newer.tracking_id, "check", by=first)
    assert holds.take_next(first, State.RECEIVED) is None
    assert [e.verb for e in timeline(urgent.stream)][-2:] == ["taken", "check"]


@EVERYWHERE
def test_what_lies_too_long_or_is_handed_back_goes_to_the_next(in_state, two):
    application, (first, second) = in_state(), two
    now = timezone.now()
    holds.take_next(first, State.RECEIVED, at=now)

    assert holds.take_next(second, State.RECEIVED, at=now + holds.LASTS / 2) is None
    assert holds.take_next(second, State.RECEIVED, at=now + holds.LASTS * 1.1) == application
    with pytest.raises(Refused):
        holds.hand_back(application.tracking_id, by=first)
    holds.hand_back(application.tracking_id, by=second)
    assert holds.take_next(first, State.RECEIVED) == application


@EVERYWHERE
def test_nobody_else_of_the_staff_moves_it_meanwhile_but_applicant_and_clock_do(in_state, two, clerks):
    application, (first, second) = in_state(), two
    holds.take_next(first, State.RECEIVED)

    with pytest.raises(Refused, match="has this file in hand"):
        services.move(application.tracking_id, "check", by=second)
    services.move(
        application.tracking_id, "withdraw", by=applicant_of(application), reason="I changed my mind"
    )
    assert not Hold.objects.exists()
    objected = in_state(State.OBJECTED)
    Hold.objects.create(
        application=objected, user=first, taken_at=timezone.now(), until=timezone.now() + timedelta(days=90)
    )
    services.move(objected.tracking_id, "return", by=CLOCK, at=timezone.now() + timedelta(days=60))


@EVERYWHERE
def test_a_section_takes_only_files_that_it_works_on_and_sees(in_state, person):
    in_state()
    with pytest.raises(Refused):
        holds.take_next(person(Role.PRINTING), State.RECEIVED)
    elsewhere = in_state(State.OBJECTED, office="karachi")
    lahore = person(Role.REGIONAL, office="lahore")

    assert holds.take_next(lahore, State.OBJECTED) is None
    assert holds.take_next(person(Role.REGIONAL, office="karachi"), State.OBJECTED) == elsewhere


@EVERYWHERE
def test_a_clerk_takes_works_and_hands_back_through_the_pages(client, in_state, two):
    application, (first, second) = in_state(), two
    client.force_login(first)
    case = f"/staff/case/{application.tracking_id}/"

    assert "Next file" in client.get("/staff/").content.decode()
    assert client.post("/staff/next/received/")["Location"] == f"{case}?then=next"
    assert "This file is in your hands until" in client.get(case).content.decode()
    client.force_login(second)
    assert "has this file in hand until" in client.get(case).content.decode()
    assert client.post(f"{case}check/").status_code == 409
    assert f"In hand: {first.display_name}" in client.get("/staff/work/received/").content.decode()
    page = client.post("/staff/next/received/", follow=True).content.decode()
    assert "Nothing waits here that nobody has in hand." in page
    assert "not in your hands" in client.post(f"{case}hand-back/", follow=True).content.decode()
    client.force_login(first)
    assert "It is back on the list." in client.post(f"{case}hand-back/", follow=True).content.decode()
    assert client.post("/staff/next/nowhere/").status_code == 404
    assert client.get("/staff/next/received/").status_code == 405
    assert "does nothing" in client.post("/staff/next/printed/", follow=True).content.decode()


def files(number: int, *, state: State = State.RECEIVED) -> None:
    """So many applications that wait in a state."""
    region, programme, now = Region.objects.first(), Programme.objects.first(), timezone.now()
    students = Student.objects.bulk_create(
        Student(registration_no=f"19-ABC-{n:06}", name_en="A", father_name_en="B", gender="F", region=region)
        for n in range(number)
    )
    results = Result.objects.bulk_create(
        Result(
            student=student, roll_no=f"BO{n:06}", programme=programme, semester_passed="Spring 2024",
            result_date=date(2025, 3, 1), total_marks=100, obtained_marks=60,
        )
        for n, student in enumerate(students)
    )  # fmt: skip
    Application.objects.bulk_create(
        Application(
            result=result, kind="PC", issue="ORIGINAL", state=state, state_since=now,
            received_at=now, route="counter", fee_due=0, fee_paid=0, mobile="+923001234567",
            tracking_id=f"AAA-{n // 1000:03}-{n % 1000:04}",
        )
        for n, result in enumerate(results)
    )  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_two_clerks_who_press_next_500_times_at_once_never_get_the_same_file(aiou, two):
    postgresql = live.DATABASES["default"]["ENGINE"].endswith("postgresql")
    presses = 500 if postgresql else 50
    files(presses * 2)
    got: dict[int, list[int]] = {user.pk: [] for user in two}
    start = Barrier(2)
    keeper = User.objects.create_user("keeper")

    def press(user: User) -> None:
        try:
            start.wait()
            for _ in range(presses):
                found = holds.take_next(user, State.RECEIVED)
                assert found is not None
                got[user.pk].append(found.pk)
                # Put into other hands, so that the next press gives another one.
                Hold.objects.filter(application=found).update(user=keeper)
        finally:
            connections.close_all()

    threads = [Thread(target=press, args=(user,)) for user in two]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    first, second = got.values()
    assert (len(first), len(second)) == (presses, presses)
    assert len(set(first) | set(second)) == presses * 2
