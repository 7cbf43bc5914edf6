"""Kill web, worker and import at random instants under load, then check every promise: `make drill-kill`.

On PostgreSQL by `POSTGRES_OPTIONS=" -c fsync=on" python tests/with_postgres.py python -m drills.kill`, on
SQLite without the former. Ends with 1 where a check fails.
"""

import argparse
import csv
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
AIOU = ROOT / "institutions" / "aiou"
WINDOW = 10
VICTIMS = [("worker", 45), ("web", 45), ("import", 10)]


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _environment(folder: Path) -> dict[str, int]:
    """Set what settings and processes read, before Django starts; the ports of the peers."""
    ports = {"mail": _free_port(), "sms": _free_port()}
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "degreetrack.config.settings",
        "SECRET_KEY": "only-for-the-drill-0123456789-0123456789-0123456789",
        "ALLOWED_HOSTS": "127.0.0.1,testserver", "VAR_DIR": str(folder), "QUIET_HOURS": "none", "DEMO": "0",
        "SMTP_HOST": "127.0.0.1", "SMTP_PORT": str(ports["mail"]), "SMPP_HOST": "127.0.0.1",
        "SMPP_PORT": str(ports["sms"]), "SMPP_SYSTEM_ID": "us", "SMPP_PASSWORD": "x",
        "SMPP_WINDOW": str(WINDOW), "TRUSTED_PROXIES": "1",
        "PAYMENT_SECRETS": "hbl:only-for-the-drill-0123456789-0123456789",
    }  # fmt: skip
    return ports


class House:
    """The processes of the product, born in the nursery and killed at random."""

    def __init__(self, folder: Path, *, webs: int, workers: int, results: Path) -> None:
        words = [sys.executable, "-m", "drills.nursery", str(folder / "log")]
        pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        self.nursery = subprocess.Popen(words, cwd=ROOT, **pipes)
        self.ports = [_free_port() for _ in range(webs)]
        self.words = {f"web {port}": _web(port) for port in self.ports}
        self.words |= {
            f"worker {n}": "degreetrack worker --pause 0.1 --clock 3 --seal 2" for n in range(workers)
        }
        self.words["import"] = f"degreetrack import-results {results}"
        self.running: dict[str, int] = {}
        self.killed: Counter[str] = Counter()
        for name in self.words:
            self.bear(name)

    def bear(self, name: str) -> None:
        """Start one."""
        assert self.nursery.stdin is not None
        assert self.nursery.stdout is not None
        self.nursery.stdin.write(self.words[name] + "\n")
        self.nursery.stdin.flush()
        self.running[name] = int(self.nursery.stdout.readline())

    def kill(self, kind: str, draw: random.Random) -> None:
        """Kill one of a kind with all its children, and start it again."""
        name = draw.choice([one for one in self.running if one.startswith(kind)])
        if self._kill(name):
            self.killed[kind] += 1
        self.bear(name)

    def _kill(self, name: str) -> bool:
        try:
            os.killpg(self.running[name], signal.SIGKILL)
        except ProcessLookupError:
            # An import that has ended by itself, or one that is not born yet.
            return False
        return True

    def end(self) -> None:
        """Kill all of them for good."""
        for name in self.running:
            self._kill(name)
        self.nursery.kill()
        self.nursery.wait()


def _web(port: int) -> str:
    return (
        f"granian --interface wsgi --host 127.0.0.1 --port {port} --workers 1 --no-ws --blocking-threads 4"
        " --log-level error degreetrack.config.wsgi:application"
    )


def _university(folder: Path, *, files: int, fresh: int) -> tuple[list[int], Path]:
    """Fill the database; the results that nobody has applied for, and an export that is still to come."""
    from django.core.management import call_command

    from degreetrack.applications.services import submit
    from degreetrack.catalogue.services import load_institution
    from degreetrack.credentials.lots import receive
    from degreetrack.records.models import Result
    from degreetrack.records.services import import_results
    from degreetrack.web.demo.sample import make_staff

    call_command("collectstatic", interactive=False, verbosity=0)
    call_command("migrate", verbosity=0)
    load_institution(AIOU)
    staff = {user.username: user for user in make_staff()}
    with (AIOU / "sample" / "results.csv").open(encoding="utf-8-sig", newline="") as source:
        head, *rows = csv.reader(source)
    known, coming = folder / "known.csv", folder / "coming.csv"
    half = 4 * (files + fresh)
    for file, some in ((known, rows[:half]), (coming, rows[: 10 * half])):
        with file.open("w", encoding="utf-8", newline="") as target:
            csv.writer(target).writerows([head, *some])
    import_results(known)
    receive("PC", prefix="PC-", first="100001", last="109999", paper_no="Press 1", by=staff["printing"])
    good = Result.objects.filter(result_codes="").select_related("student", "programme").order_by("pk")
    online = good.filter(
        programme__level__in=("bs", "ba"), student__registration_no__regex="^(1[4-9]|2[0-3])-"
    )
    free = list(online.values_list("pk", flat=True)[:fresh])
    for place, result in enumerate(good.exclude(pk__in=free)[:files]):
        submit(
            result, by=staff["receipt"], kind="PC", mobile=f"+92300{place:07}", fee_paid=9000,
            email=f"p{place}@example.org", language="en" if place % 3 else "ur",
        )  # fmt: skip
    return free, coming


def _peers(folder: Path, ports: dict[str, int]) -> list[subprocess.Popen[bytes]]:
    modules = {"sms": "smpp_centre", "mail": "mail_sink"}
    running = []
    for name, port in ports.items():
        words = [f"tests.notifications.{modules[name]}", str(port), str(folder / f"{name}.log")]
        running.append(subprocess.Popen([sys.executable, "-m", *words], cwd=ROOT))
    for port in ports.values():
        _wait_for(port)
    return running


def _wait_for(port: int, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.05)
    raise RuntimeError(f"nothing listens on port {port}")


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
        _wait_for(port)
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
    ports = _environment(folder)
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection, connections

    fresh, coming = _university(folder, files=given.files, fresh=given.files // 2)
    peers, many = _peers(folder, ports), connection.vendor == "postgresql"
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
