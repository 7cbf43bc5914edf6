"""Notices per second through the outbox, beside the same client in a bare loop without a database.

`python tests/with_postgres.py .venv/bin/python -m bench.notices --queued 100000`: fills the outbox of
the database of DATABASE_URL, starts a short-message centre and a mail server of the tests in processes
of their own, and lets the bare loop, one worker and two workers send in turn for so many seconds.
`--delay` is what the centre and the mail server take to answer, in seconds: on a real line it is no zero.
"""

import argparse
import atexit
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path
from threading import Event

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bench.settings")
os.environ["QUIET_HOURS"] = "none"
ROOT = Path(__file__).parent.parent
SMS, MAIL = 18775, 18025


def peers(delay: float) -> list[subprocess.Popen[bytes]]:
    """The centre and the mail server; what they take goes to files that nobody reads."""
    folder = tempfile.mkdtemp(prefix="degreetrack-bench-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    words = [
        ["tests.notifications.smpp_centre", str(SMS), f"{folder}/sms", str(delay)],
        ["tests.notifications.mail_sink", str(MAIL), f"{folder}/mail", str(delay)],
    ]
    running = [subprocess.Popen([sys.executable, "-m", *word], cwd=ROOT) for word in words]
    time.sleep(2)
    return running


def fill(channel: str, number: int) -> None:
    """Queue so many notices, each of its own stream."""
    from django.db import connection
    from django.utils import timezone

    from degreetrack.notifications.models import Notice, Part

    Part.objects.all().delete()
    Notice.objects.all().delete()
    now = timezone.now()
    rows = (
        Notice(
            stream=f"bench/{place}", template="submit", channel=channel, language="en",
            queued_at=now, due_at=now,
            to=f"+92300{place:07}" if channel == "sms" else f"p{place}@example.org",
            subject="Received: your application",
            body="U: Received: your application EBN-AGZ-2G3K. See https://tracking.uni.edu.pk/status/EBN-AGZ-2G3K/",
            provider_id=f"<{place}@bench>" if channel == "email" else "", expires_at=now + timedelta(days=7),
        )
        for place in range(number)
    )  # fmt: skip
    Notice.objects.bulk_create(rows, batch_size=2000)
    with connection.cursor() as cursor:
        # What the database does by itself within a minute.
        cursor.execute("VACUUM ANALYZE")


def bare(channel: str, seconds: float) -> float:
    """Messages per second of the client alone."""
    from degreetrack.notifications.delivery import way_out
    from degreetrack.notifications.models import Channel, Notice

    notices = list(Notice.objects.order_by("-pk")[:2000])
    way = way_out(Channel(channel))
    sent, began = 0, time.perf_counter()
    while time.perf_counter() < began + seconds:
        first = sent % (len(notices) - 200)
        for told in way.send(notices[first : first + 200], seconds=60):
            sent += sum(outcome.fault is None for outcome in told)
    rate = sent / (time.perf_counter() - began)
    way.close()
    return rate


def workers(channel: str, number: int, seconds: float) -> float:
    """Messages per second of so many worker processes, counted as committed."""
    from django.db import connections

    from degreetrack.notifications.models import Fate, Notice

    before = Notice.objects.filter(fate=Fate.SENT).count()
    connections.close_all()
    children = []
    began = time.perf_counter()
    for _ in range(number):
        child = os.fork()
        if child == 0:
            _work(channel)
        children.append(child)
    time.sleep(seconds)
    for child in children:
        os.kill(child, signal.SIGTERM)
    for child in children:
        os.waitpid(child, 0)
    took = time.perf_counter() - began
    return (Notice.objects.filter(fate=Fate.SENT).count() - before) / took


def _work(channel: str) -> None:
    from degreetrack.notifications.delivery import Delivery
    from degreetrack.notifications.models import Channel

    stop = Event()
    signal.signal(signal.SIGTERM, lambda *_what: stop.set())
    Delivery(Channel(channel)).run(stop, 0.01)
    os._exit(0)


def main() -> None:
    """Print a table: channel, bare loop, one worker, two workers, ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--queued", type=int, default=100_000)
    parser.add_argument("--seconds", type=float, default=6)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--delay", type=float, default=0.0)
    parser.add_argument("--window", type=int, default=50)
    parser.add_argument("--mail-window", type=int, default=1)
    given = parser.parse_args()
    os.environ |= {
        "SMPP_HOST": "127.0.0.1", "SMPP_PORT": str(SMS), "SMTP_HOST": "127.0.0.1", "SMTP_PORT": str(MAIL),
        "SMPP_WINDOW": str(given.window), "MAIL_WINDOW": str(given.mail_window),
    }  # fmt: skip
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    running = peers(given.delay)
    print("| channel | bare loop | one worker | two workers | one / bare | two / one |")
    print("|---|---|---|---|---|---|")
    try:
        for channel in ("sms", "email"):
            fill(channel, given.queued)
            found: list[tuple[float, float, float]] = []
            for _ in range(given.rounds):
                found.append(
                    (
                        bare(channel, given.seconds),
                        workers(channel, 1, given.seconds),
                        workers(channel, 2, given.seconds),
                    )
                )
            alone, one, two = (statistics.median(row[place] for row in found) for place in range(3))
            cells = [f"{alone:,.0f}", f"{one:,.0f}", f"{two:,.0f}", f"{one / alone:.0%}", f"{two / one:.2f}"]
            print(f"| {channel} | {' | '.join(cells)} |", flush=True)
    finally:
        for process in running:
            process.kill()


if __name__ == "__main__":
    main()
