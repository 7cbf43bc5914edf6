import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import DatabaseError
from django.utils import timezone

from degreetrack.accounts.models import Role
from degreetrack.applications.lifecycle import State
from degreetrack.applications.models import Application
from degreetrack.applications.targets import timetable
from degreetrack.config.management.commands import worker
from degreetrack.journal.models import Seal
from degreetrack.notifications.models import Notice
from degreetrack.oversight.models import Digest, Escalation


@pytest.mark.django_db(transaction=True)
def test_one_round_sends_what_is_due_and_seals_the_journal(in_state):
    in_state()

    call_command("worker", "--once")

    assert set(Notice.objects.values_list("fate", flat=True)) == {"sent"}
    assert (Seal.objects.count(), Application.objects.get().state) == (1, State.RECEIVED)


@pytest.mark.django_db(transaction=True)
def test_a_job_that_fails_does_not_stop_the_others(in_state, monkeypatch, caplog):
    in_state()

    def broken() -> int:
        raise DatabaseError("gone")

    monkeypatch.setattr(worker, "return_overdue", broken)
    call_command("worker", "--once")

    assert "broken failed: DatabaseError, jobs.py" in caplog.text
    assert Seal.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_one_round_lets_days_follow_the_targets_and_escalates_what_is_late(in_state, person):
    head = person(Role.VERIFICATION, supervisor=True)
    application = in_state(State.CHECKED)
    a_year_ago = application.state_since - timedelta(days=365)
    Application.objects.update(state_since=a_year_ago)

    call_command("worker", "--once")

    assert Application.objects.get().due_on == timetable().after(timezone.localdate(a_year_ago), 5)
    assert Escalation.objects.get().officer == head
    # The digest has its own hours and days; those are tried where it is.
    assert Notice.objects.filter(template="digest", to=head.email).count() == Digest.objects.count()


def _has_worked(database: Path) -> bool:
    with closing(sqlite3.connect(database)) as link:
        return bool(link.execute("SELECT count(*) FROM oversight_jobrun").fetchone()[0])


def test_a_worker_ends_cleanly_when_told_to(tmp_path):
    env = os.environ | {
        "DATABASE_URL": f"sqlite:///{tmp_path}/w.sqlite3",
        "DJANGO_SETTINGS_MODULE": "tests.settings",
    }
    run = [sys.executable, "-c", "from degreetrack.config.console import main; main()"]
    subprocess.run([*run, "migrate", "-v0"], env=env, check=True)
    with subprocess.Popen([*run, "worker"], env=env) as process:
        while process.poll() is None and not _has_worked(tmp_path / "w.sqlite3"):
            time.sleep(0.2)
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=120) == 0
