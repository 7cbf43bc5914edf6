"""The nightly command moves old months of notices and of the journal out of the tables."""

import gzip
from collections.abc import Callable
from datetime import timedelta
from threading import Thread
from typing import ClassVar

import pytest
from django.core.files.storage import FileSystemStorage
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from degreetrack.applications.lifecycle import State
from degreetrack.applications.models import Application
from degreetrack.journal import archives
from degreetrack.journal.services import seal_new, timeline
from degreetrack.journal.verification import verify
from degreetrack.keeping.periods import before, in_use
from degreetrack.notifications import archiving
from degreetrack.notifications.models import Fate, Notice, Part
from tests.killing import killed_before_each_statement

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _shelf(tmp_path, settings):
    settings.STORAGES = settings.STORAGES | {
        "archives": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": tmp_path / "archives"},
        }
    }


def _aged(**age) -> None:
    """Make every notice so old; one is still queued."""
    then = timezone.now() - timedelta(**age)
    Notice.objects.update(fate=Fate.SENT, queued_at=then)
    first = Notice.objects.order_by("pk").first()
    Part.objects.create(notice=first, provider_id="x", to=first.to, at=then)
    Notice.objects.filter(pk=Notice.objects.order_by("-pk").first().pk).update(fate=Fate.QUEUED)


def test_old_notices_go_and_their_fates_stay_without_a_word_or_an_address(in_state, capsys):
    in_state(State.OBJECTED, email="ayesha@example.org")
    notices = Notice.objects.count()
    _aged(days=500)

    call_command("archive_months")

    [told] = capsys.readouterr().out.splitlines()
    archive = archives.Archive.objects.get()
    text = gzip.decompress(archives.store().open(archive.name).read()).decode()
    assert told.startswith(f"notices/{archive.month:%Y-%m}-1.jsonl.gz: {notices - 1} rows, ")
    assert ("ayesha" in text, "923001234567" in text, '"fate":"sent"' in text) == (False, False, True)
    assert list(Notice.objects.values_list("fate", flat=True)) == [Fate.QUEUED]
    assert Part.objects.count() == 0
    assert timeline(archives.ARCHIVES)[0].data["after"] == archives.told(archive)
    assert archiving.archive_month(before=before(12)) is None


def test_notices_of_a_month_that_ended_late_make_a_second_part(in_state):
    in_state(State.OBJECTED, email="ayesha@example.org")
    _aged(days=500)
    first = archiving.archive_month(before=before(12))
    Notice.objects.update(fate=Fate.EXPIRED)

    second = archiving.archive_month(before=before(12))

    assert (first.month, second.name) == (second.month, first.name.replace("-1.", "-2."))
    assert Notice.objects.count() == 0


class SlowDisk(FileSystemStorage):
    """A disk on which something happens before the first file is written."""

    meanwhile: ClassVar[list[Callable[[], object]]] = []

    def _save(self, name, content):
        if self.meanwhile:
            self.meanwhile.pop()()
        return super()._save(name, content)


def _in_a_thread(work: Callable[[], object]) -> None:
    """With a connection of its own, to its end."""

    def whole() -> None:
        try:
            work()
        finally:
            connection.close()

    thread = Thread(target=whole)
    thread.start()
    thread.join()


@pytest.mark.django_db(transaction=True)
def test_of_two_at_once_one_gives_up_and_leaves_no_file(in_state, settings, tmp_path):
    in_state(State.OBJECTED)
    _aged(days=500)
    shelf = {"BACKEND": f"{__name__}.SlowDisk", "OPTIONS": {"location": tmp_path / "archives"}}
    settings.STORAGES = settings.STORAGES | {"archives": shelf}
    SlowDisk.meanwhile.append(lambda: _in_a_thread(lambda: archiving.archive_month(before=before(12))))

    with pytest.raises(CommandError, match="Another process has just archived this month"):
        call_command("archive_months")

    assert archives.store().listdir("notices")[1] == [archives.Archive.objects.get().name.split("/")[1]]


@pytest.mark.django_db(transaction=True)
def test_killed_before_any_statement_an_archive_is_gone_on_with(in_state):
    in_state(State.OBJECTED, email="ayesha@example.org")
    notices = Notice.objects.count()
    _aged(days=500)

    def left() -> list:
        return [*archives.Archive.objects.values_list("pk", "emptied_at"), Notice.objects.count()]

    stages = {
        (archives.newest("notices") > 0, Notice.objects.count())
        for _place in killed_before_each_statement(lambda: archiving.archive_month(before=before(12)), left)
    }

    # Untouched, told of with all its rows, empty but for the one that still waits.
    assert sorted(stages) == [(False, notices), (True, 1), (True, notices)]
    archive = archives.Archive.objects.get()
    assert (archive.emptied_at is None, archive.rows) == (False, notices - 1)
    assert len(archives.store().listdir("notices")[1]) > 1
    assert Notice.objects.exclude(fate=Fate.QUEUED).count() == 0


def test_histories_of_cases_leave_the_tables_years_after_the_case_was_closed(
    in_state, settings, capsys, desk
):
    settings.JOURNAL_MONTHS = 0
    still_open, closed = in_state(State.VERIFIED), in_state(State.DELIVERED)
    Application.objects.filter(pk=closed.pk).update(state_since=timezone.now() - timedelta(days=2))
    long = [len(timeline(row.stream)) for row in (still_open, closed)]
    seal_new(at=timezone.now() - timedelta(days=40))

    call_command("archive_months")

    assert in_use({still_open.stream, closed.stream, "user/7", "admin/charge"}) == {
        still_open.stream,
        "admin/charge",
    }
    assert [len(timeline(row.stream)) for row in (still_open, closed)] == [long[0], 1]
    assert verify() == []
    capsys.readouterr()
    call_command("read_archive", closed.stream)
    assert len(capsys.readouterr().out.splitlines()) == long[1]
    page = desk("receipt").get(f"/staff/case/{closed.tracking_id}/")
    said = f"The first {long[1] - 1} entries are in the archive: degreetrack read-archive {closed.stream}"
    assert (page.status_code, said in page.content.decode()) == (200, True)
    with pytest.raises(CommandError, match="Old months of the journal are archived"):
        call_command("refresh_figures", from_scratch=True)
    archive = archives.Archive.objects.get(of="journal")
    archives.store().delete(archive.name)
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("read_archive", closed.stream)
