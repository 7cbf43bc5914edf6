import os
import signal
import subprocess
import sys
import time

import pytest
from django.core.management import call_command
from django.db import DatabaseError

from degreetrack.applications.lifecycle import State
from degreetrack.applications.models import Application
from degreetrack.journal.models import Seal
from degreetrack.notifications.models import Notice
from degreetrack.oversight.management.commands import worker


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

    assert "broken failed; it is tried again after a pause" in caplog.text
    assert Seal.objects.count() == 1


def test_a_worker_ends_cleanly_when_told_to(tmp_path):
    env = os.environ | {
        "DATABASE_URL": f"sqlite:///{tmp_path}/w.sqlite3",
        "DJANGO_SETTINGS_MODULE": "tests.settings",
    }
    run = [sys.executable, "-c", "from degreetrack.config.console import main; main()"]
    subprocess.run([*run, "migrate", "-v0"], env=env, check=True)
    with subprocess.Popen([*run, "worker"], env=env) as process:
        time.sleep(3)
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=10) == 0
