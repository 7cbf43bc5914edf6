"""Kill web, worker and import at random instants under load, then check every promise: `make drill-kill`.

On PostgreSQL by `POSTGRES_OPTIONS=" -c fsync=on" python tests/with_postgres.py python -m drills.kill`, on
SQLite without the former. Ends with 1 where a check fails.
"""

import argparse
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

from drills.house import House, environment, start_peers, university, wait_for

WINDOW = 10
VICTIMS = [("worker", 45), ("web", 45), ("import", 10)]


def _leases(faults: list[str]) -> None:
    """Each lease that a killed worker left ends; their time is written down as over, not waited for."""
    from django.utils import timezone

    from degreetrack.applications.models import ForecastDay, Redue
    from degreetrack.notifications.delivery import LEASE
    from degreetrack.notifications.models import Notice

    last = timezone.now() + LEASE * 2**7
    over = timezone.now() - timedelta(seconds=1)
    for model in (Notice, Redue, ForecastDay):
        held = model._default_manager.filter(leased_until__isnull=False)
        faults += [f"{row} is held until {row.leased_until}" for row in held if row.leased_until > last]
        held.update(leased_until=over)


def _settle() -> None:
    """What a worker does once it is let live: until nothing is due any more."""
    from django.core.management import call_command

    from degreetrack.fees.models import Payment
    from degreetrack.notifications.delivery import deliver_due
    from degreetrack.notifications.models import OPEN, Notice

    end = time.monotonic() + 180
    while time.monotonic() < end:
        call_command("worker", "--once")
        while deliver_due():
            pass
        # Those whose provider was just cut off wait for a pause of some minutes; nobody waits for it here.
        Notice.objects.filter(fate="queued").update(due_at="2020-01-01T00:00Z")
        waiting = Payment.objects.filter(followed_at=None).exists()
        if not waiting and not Notice.objects.filter(fate__in=OPEN).exists():
            return


def _load(house: House, given: argparse.Namespace, fresh: list[int]) -> Any:
    """People at work while processes die; what they were told."""
    from drills.people import People, Told

    told, draw = Told(), random.Random(given.seed)
    for port in house.ports:
        wait_for(port)
    threads = People(told, house.ports, fresh).start(each=given.people)
    began = time.monotonic()
    kinds, weights = [kind for kind, _ in VICTIMS], [weight for _, weight in VICTIMS]
    while house.killed.total() < given.kills:
        time.sleep(draw.uniform(0.05, 2 * given.pause))
        house.kill(draw.choices(kinds, weights)[0], draw)
        if house.killed.total() % 50 == 0:
            print(f"{house.killed.total()} kills, {told.answers.total()} requests", flush=True)
    print(f"{given.kills} kills in {time.monotonic() - began:.0f} s", flush=True)
    time.sleep(1)
    told.stop.set()
    for thread in threads:
        thread.join()
    return told


def _report(told: Any, house: House, folder: Path) -> bool:
    """Print what was counted; whether every check holds."""
    from degreetrack.applications.models import Application, Batch
    from degreetrack.fees.models import Payment
    from degreetrack.journal.models import Entry
    from degreetrack.notifications.models import Notice
    from degreetrack.records.models import Result
    from drills import checks

    found = {"told to somebody, not there": list(checks.acknowledged(told.done)), **checks.whole()}
    found["answers 500, faults of the drill"] = told.faults
    kills = house.killed["worker"]
    counted = {}
    for name, window, read in (("mail", 1, checks.by_mail), ("sms", WINDOW, checks.by_sms)):
        came, wanted = read(checks.arrived(folder / f"{name}.log"))
        lost = wanted - Counter(words for _link, words in came)
        found[f"{name}: committed, not arrived"] = [repr(words) for words in lost]
        most = max(checks.doubled(came, wanted).values(), default=0)
        twice = len(came) - wanted.total()
        too_many = (
            [f"{most} of one worker, {twice} in all"] if most > window or twice > kills * window else []
        )
        found[f"{name}: doubled, beyond {window} a kill"] = too_many
        counted[f"{name} arrived / doubled / most of one worker"] = f"{len(came)} / {twice} / {most}"
    kinds = Counter(what for what, _which in told.done)
    print("\n| what | count |\n|---|---|")
    for kind, number in {
        "kills of workers, web, imports": ", ".join(str(house.killed[kind]) for kind, _ in VICTIMS),
        "answers": ", ".join(f"{status} {n}" for status, n in sorted(told.answers.items())),
        "told as done": ", ".join(f"{kind} {n}" for kind, n in sorted(kinds.items())),
        "applications, batches, payments": f"{Application.objects.count()}, {Batch.objects.count()}, "
        f"{Payment.objects.count()}",
        "journal entries, notices, results": f"{Entry.objects.count()}, {Notice.objects.count()}, "
        f"{Result.objects.count()}",
        **counted,
    }.items():
        print(f"| {kind} | {number} |")
    print("\n| check | bar | found |\n|---|---|---|")
    for name, faults in found.items():
        print(f"| {name} | 0 | {len(faults)} |")
    for name, faults in found.items():
        for fault in faults[:10]:
            print(f"{name}: {fault}")
    return not any(found.values())


def main() -> int:
    """Fill, load, kill, settle, check."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=500)
    parser.add_argument("--seed", type=int, default=20)
    parser.add_argument("--people", type=int, default=1, help="threads of each trade")
    parser.add_argument("--pause", type=float, default=0.3, help="seconds between kills, on average")
    parser.add_argument("--files", type=int, default=800)
    given = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="degreetrack-kill-"))
    ports = environment(folder)
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection, connections

    fresh, coming = university(folder, files=given.files, fresh=given.files // 2)
    peers, many = start_peers(folder, ports), connection.vendor == "postgresql"
    connections.close_all()
    print(f"Drill on {connection.vendor}: {given.kills} kills.", flush=True)
    house = House(folder, webs=2 if many else 1, workers=3 if many else 1, results=coming)
    faults: list[str] = []
    try:
        told = _load(house, given, fresh)
        house.end()
        _leases(faults)
        _settle()
        call_command("import_results", str(coming))
        whole = _report(told, house, folder)
    finally:
        house.end()
        for peer in peers:
            peer.kill()
    for fault in faults:
        print(fault)
    if whole and not faults:
        shutil.rmtree(folder)
        return 0
    print(f"The logs are in {folder}.")
    return 1


if __name__ == "__main__":
    sys.exit(main())
