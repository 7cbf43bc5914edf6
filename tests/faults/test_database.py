"""A database that may only be read, is slow, or is full: look-ups go on or say so in time, forms say so."""

import threading
import time

import pytest
from django.db import OperationalError, connection, connections, transaction
from django.http import HttpRequest, HttpResponse
from django.test import Client

from degreetrack.accounts.models import Role
from degreetrack.applications.lifecycle import State
from degreetrack.applications.models import Application
from degreetrack.journal.services import timeline
from degreetrack.notifications.models import Notice
from degreetrack.web.deadlines import in_time
from tests.at_once import at_once

pytestmark = pytest.mark.django_db(transaction=True)
POSTGRESQL = connection.vendor == "postgresql"
# Some minutes of work.
SLOW = "WITH RECURSIVE t(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM t WHERE x < 1e9) SELECT max(x) FROM t"


def _is_kind(answer: HttpResponse) -> None:
    page = answer.content.decode()
    assert (answer.status_code, answer["Retry-After"], answer["Cache-Control"]) == (503, "30", "no-store")
    assert "Your application is safe" in page
    assert "آپ کی درخواست محفوظ ہے" in page
    assert "Traceback" not in page


def _execute(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.fixture
def read_only():
    """From now on nothing can be written by this connection."""
    on, off = "PRAGMA query_only=on", "PRAGMA query_only=off"
    if POSTGRESQL:
        on = "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY"
        off = "SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE"
    yield lambda: _execute(on)
    _execute(off)


@pytest.fixture
def full():
    """From now on there is no room for another notice."""
    if not POSTGRESQL:
        with connection.cursor() as cursor:
            cursor.execute("VACUUM")
            cursor.execute("PRAGMA page_count")
            pages = cursor.fetchone()[0]
        yield lambda: _execute(f"PRAGMA max_page_count={pages}")
        _execute("PRAGMA max_page_count=1073741823")
        return
    # What PostgreSQL tells where the disk is full, at the statement where it would.
    _execute(
        "CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION"
        " 'could not extend file: No space left on device' USING ERRCODE = '53100'; END $$"
    )
    yield lambda: _execute(
        "CREATE TRIGGER no_room BEFORE INSERT ON notifications_notice EXECUTE FUNCTION no_room()"
    )
    _execute("DROP TRIGGER no_room ON notifications_notice")
    _execute("DROP FUNCTION no_room")


@pytest.fixture
def browser() -> Client:
    return Client(raise_request_exception=False)


def test_where_nothing_can_be_written_look_ups_go_on(in_state, browser, read_only):
    application = in_state(State.OBJECTED)
    read_only()

    status = f"/status/{application.tracking_id}/"
    for address in ("/", status, "/in-process/?q=BO680724", "/verify/", "/figures/"):
        assert browser.get(address).status_code == 200, address
    assert application.tracking_id in browser.get(status).content.decode()


def test_where_nothing_can_be_written_forms_say_so(in_state, clerks, browser, read_only):
    application = in_state()
    browser.force_login(clerks(Role.SCRUTINY))
    read_only()

    _is_kind(browser.post(f"/staff/case/{application.tracking_id}/check/", {"all_the_same": "1"}))
    # A case is not shown without its look being written down.
    _is_kind(browser.get(f"/staff/case/{application.tracking_id}/"))

    assert [entry.verb for entry in timeline(application.stream)][-1] == "notice"


def test_where_the_disk_is_full_a_move_leaves_nothing_behind(in_state, clerks, browser, full):
    # SQLite has some room left in the pages that it has.
    files = [in_state(State.VERIFIED) for _ in range(1 if POSTGRESQL else 15)]
    browser.force_login(clerks(Role.APPROVAL))
    full()

    for file in files:
        entries, notices = len(timeline(file.stream)), Notice.objects.count()
        answer = browser.post(f"/staff/case/{file.tracking_id}/approve/")
        if answer.status_code == 503:
            break

    _is_kind(answer)
    assert Application.objects.get(pk=file.pk).state == State.VERIFIED
    assert (len(timeline(file.stream)), Notice.objects.count()) == (entries, notices)


@pytest.mark.skipif(not POSTGRESQL, reason="readers of SQLite wait for nobody")
def test_a_page_that_waits_too_long_is_given_up_in_time():
    def view(request: HttpRequest) -> HttpResponse:
        _execute(SLOW)
        return HttpResponse()

    request, took = HttpRequest(), 60.0
    request.path = "/status/EBN-AGZ-2G33/"
    # Once is enough, as the machine may be busy with other things.
    for _ in range(10):
        began = time.monotonic()
        with pytest.raises(OperationalError):
            in_time(view)(request)
        took = min(took, time.monotonic() - began)
        if took < 2:
            break

    assert took < 2
    _execute("SELECT 1")


@pytest.mark.skipif(not POSTGRESQL, reason="sleeps in PostgreSQL")
def test_staff_may_wait_longer():
    def view(request: HttpRequest) -> HttpResponse:
        _execute("SELECT pg_sleep(1.8)")
        return HttpResponse("done")

    request = HttpRequest()
    request.path = "/staff/figures/"

    assert in_time(view)(request).content == b"done"


@pytest.mark.skipif(not POSTGRESQL, reason="readers of SQLite wait for nobody")
def test_a_look_up_behind_a_locked_table_says_so_in_time(in_state):
    application = in_state()
    locked, answered = threading.Event(), threading.Event()

    def lock() -> None:
        with transaction.atomic():
            _execute("LOCK TABLE applications_application IN ACCESS EXCLUSIVE MODE")
            locked.set()
            # For as long as it takes: the answer does not wait for the table.
            assert answered.wait(120)

    def look_up() -> HttpResponse:
        assert locked.wait(120)
        answer = Client(raise_request_exception=False).get(f"/status/{application.tracking_id}/")
        answered.set()
        return answer

    [answer] = [one for one in at_once([lock, look_up]) if one is not None]

    _is_kind(answer)
    connections.close_all()
    assert Client().get(f"/status/{application.tracking_id}/").status_code == 200
