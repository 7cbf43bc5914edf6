"""Workers killed at random moments under load: nothing is lost, and what is doubled was under way.

Counted where the messages arrive: at a mail server and a short-message centre in processes of their own.
"""

import os
import random
import re
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from threading import Event, Thread

import pytest
from django.conf import settings as live
from django.db import connection, connections
from django.utils import timezone

from degreetrack.journal.verification import verify
from degreetrack.notifications import delivery
from degreetrack.notifications.models import OPEN, Channel, Fate, Notice
from degreetrack.notifications.services import queue
from tests.mail import free_port

KILLS, WINDOW = int(os.environ.get("KILLS", "200")), 20
ROOT = Path(__file__).parents[2]
ON_POSTGRESQL = live.DATABASES["default"]["ENGINE"].endswith("postgresql")
NAMES = {Channel.EMAIL: "mail", Channel.SMS: "sms"}


@pytest.fixture
def peers(tmp_path, settings):
    """A mail server and a centre that write down each message; the files they write to."""
    ports = {name: free_port() for name in NAMES.values()}
    files = {name: tmp_path / f"{name}.log" for name in ports}
    modules = {"sms": "smpp_centre", "mail": "mail_sink"}
    running = [
        subprocess.Popen(
            [sys.executable, "-m", f"tests.notifications.{modules[name]}", str(port), str(files[name])],
            cwd=ROOT,
        )
        for name, port in ports.items()
    ]
    for port in ports.values():
        _wait_for(port)
    options = {"host": "127.0.0.1", "port": ports["mail"], "timeout": 10}
    backend = "django.core.mail.backends.smtp.EmailBackend"
    settings.MAILERS = {"default": {"BACKEND": backend, "OPTIONS": options}}
    settings.SMPP = {
        "host": "127.0.0.1", "port": ports["sms"], "system_id": "us", "password": "x", "system_type": "",
        "tls": False, "window": WINDOW,
    }  # fmt: skip
    yield files
    for process in running:
        process.kill()
        process.wait()


def _wait_for(port: int) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.05)
    raise RuntimeError("the peer did not start")


def _worker() -> None:
    """What the worker's threads do, in a process forked for it."""
    connections.close_all()
    stop = Event()
    threads = [Thread(target=delivery.Delivery(channel).run, args=(stop, 0.01)) for channel in Channel]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _load(first: int, number: int) -> None:
    """Queue so many notices, each by both channels, each with its number in its words."""
    for place in range(first, first + number):
        queue(
            "fee_short",
            stream=f"student/{place % 300}",
            email=f"p{place}@example.org",
            mobile=f"+92300{place:07}",
            language="en",
            context={"rest": f"no{place}no", "institution": "U", "portal_url": "x", "name": "n"},
        )


def _arrived(file: Path) -> list[tuple[str, str]]:
    """Of each message: the connection that it came by, which one worker had, and its number."""
    lines = [line.partition(" ") for line in file.read_text().splitlines()]
    return [(link, found[0]) for link, _space, text in lines if (found := re.search(r"no\d+no", text))]


def _doubled_by(arrived: list[tuple[str, str]]) -> Counter[str]:
    """How many messages of each worker came again by another."""
    first: dict[str, str] = {}
    doubled: Counter[str] = Counter()
    for link, number in arrived:
        if number in first:
            doubled[first[number]] += 1
        first[number] = link
    return doubled


@pytest.mark.skipif(not ON_POSTGRESQL, reason="many workers need PostgreSQL: tests/with_postgres.py runs it")
@pytest.mark.django_db(transaction=True)
def test_workers_killed_at_any_moment_lose_nothing(peers, monkeypatch):
    # Leases run out while the test goes on; no pause is waited for after a line broke.
    monkeypatch.setattr(delivery, "LEASE", timedelta(seconds=1.5))
    draw = random.Random(7)
    queued = 0
    for _ in range(KILLS):
        if Notice.objects.filter(fate=Fate.QUEUED).count() < 400:
            _load(queued, 300)
            queued += 300
        connections.close_all()
        child = os.fork()
        if child == 0:
            with suppress(BaseException):
                _worker()
            os._exit(1)
        time.sleep(draw.uniform(0.03, 0.4))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)

    time.sleep(2)
    end = time.monotonic() + 240
    lines = [delivery.Delivery(channel) for channel in Channel]
    while Notice.objects.filter(fate__in=OPEN).exists() and time.monotonic() < end:
        Notice.objects.filter(fate=Fate.QUEUED, due_at__gt=timezone.now()).update(due_at=timezone.now())
        if not sum(line.round() for line in lines):
            time.sleep(0.1)
    for line in lines:
        line.way.close()

    wanted = {f"no{place}no" for place in range(queued)}
    assert set(Notice.objects.values_list("fate", flat=True)) == {Fate.SENT}
    for channel, name in NAMES.items():
        arrived = _arrived(peers[name])
        assert {number for _at, number in arrived} == wanted, channel
        doubled = _doubled_by(arrived)
        most = live.MAIL_WINDOW if channel == Channel.EMAIL else WINDOW
        assert max(doubled.values(), default=0) <= most, (channel, doubled)
        assert len(arrived) - len(wanted) <= KILLS * most
        most = max(doubled.values(), default=0)
        print(f"{channel}: {queued} queued, {len(arrived)} arrived, {KILLS} kills, {most} doubled at most")
    assert verify() == []
    assert connection.vendor == "postgresql"
