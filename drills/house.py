"""What a drill of kills breaks: a university, its web and worker processes, and the peers that count."""

import csv
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
AIOU = ROOT / "institutions" / "aiou"
WINDOW = 10


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def environment(folder: Path) -> dict[str, int]:
    """Set what settings and processes read, before Django starts; the ports of the peers."""
    ports = {"mail": free_port(), "sms": free_port()}
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
        self.ports = [free_port() for _ in range(webs)]
        self.words = {f"web {port}": web(port) for port in self.ports}
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


def web(port: int) -> str:
    return (
        f"granian --interface wsgi --host 127.0.0.1 --port {port} --workers 1 --no-ws --blocking-threads 4"
        " --log-level error degreetrack.config.wsgi:application"
    )


def university(folder: Path, *, files: int, fresh: int) -> tuple[list[int], Path]:
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


def start_peers(folder: Path, ports: dict[str, int]) -> list[subprocess.Popen[bytes]]:
    modules = {"sms": "smpp_centre", "mail": "mail_sink"}
    running = []
    for name, port in ports.items():
        words = [f"tests.notifications.{modules[name]}", str(port), str(folder / f"{name}.log")]
        running.append(subprocess.Popen([sys.executable, "-m", *words], cwd=ROOT))
    for port in ports.values():
        wait_for(port)
    return running


def wait_for(port: int, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.05)
    raise RuntimeError(f"nothing listens on port {port}")
