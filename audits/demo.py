"""A demo of its own for an audit: a fresh folder and port, and visitors already signed in."""

import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import requests

ROOT = Path(__file__).parent.parent
PAYMENT_SECRET = "only-for-audits-0123456789-0123456789"
SMS_SECRET = "only-for-audits-0123456789-0123456789"


def environment(folder: str, port: int) -> dict[str, str]:
    """The demo's, and one proxy, so that each request can come from an address of its own."""
    return os.environ | {
        "DEMO": "1", "VAR_DIR": folder, "QUIET_HOURS": "none", "PROOF_MINUTES": "1", "SITE_URL": f"http://127.0.0.1:{port}",
        "PORT": str(port), "TRUSTED_PROXIES": "1", "PAYMENT_SECRETS": f"bank:{PAYMENT_SECRET}",
        "SMS_WEBHOOK_SECRET": SMS_SECRET, "DJANGO_SETTINGS_MODULE": "degreetrack.config.settings",
    }  # fmt: skip


@contextmanager
def running() -> Iterator[str]:
    """Serve a demo until the end of the block; give its address. This process knows its database too."""
    folder = tempfile.mkdtemp(prefix="degreetrack-audit-")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    os.environ.update(environment(folder, port))
    signal.signal(signal.SIGTERM, lambda *_given: sys.exit(1))
    command = [sys.executable, "-c", "from degreetrack.config.console import main; main()"]
    with (Path(folder) / "log").open("w") as log:
        for arguments in (
            ["collectstatic", "--noinput", "-v0"],
            ["migrate", "-v0"],
            ["load-demo", "--applications", "60"],
        ):
            subprocess.run([*command, *arguments], check=True, stdout=log, stderr=log, cwd=ROOT)
        server = subprocess.Popen([*command, "serve-demo"], stdout=log, stderr=log, cwd=ROOT)
        try:
            _wait(f"http://127.0.0.1:{port}/readyz", server)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()
            server.wait(20)
            shutil.rmtree(folder, ignore_errors=True)


def _wait(address: str, server: subprocess.Popen) -> None:
    for _ in range(150):
        if server.poll() is not None:
            raise SystemExit("The demo did not start.")
        with suppress(requests.ConnectionError):
            if requests.get(address, timeout=5).ok:
                return
        time.sleep(0.2)
    raise SystemExit("The demo is not ready after half a minute.")


@dataclass(frozen=True)
class Account:
    """A visitor: nobody, an applicant by a session that is signed in, or staff by password and app."""

    name: str
    session: str = ""
    password: str = ""
    app: str = ""

    def digits(self, token: str) -> str:
        """What a person reads in the picture."""
        from degreetrack.web import captcha

        return captcha.digits(token)

    def released(self) -> None:
        """Open the account again after wrong passwords."""
        from degreetrack.accounts import lockouts

        lockouts.release(self.name)


def accounts() -> list[Account]:
    """Everybody there is: a stranger, staff of each desk, two applicants."""
    import django

    django.setup()
    from django.test import Client

    from degreetrack.accounts.models import User
    from degreetrack.applicants import sessions
    from degreetrack.applications.models import Application
    from degreetrack.web.demo.sample import APP_SECRET, PASSWORD

    found = [Account("stranger")]
    for user in User.objects.filter(is_active=True).order_by("pk"):
        found.append(Account(user.username, password=PASSWORD, app=APP_SECRET))
    for state in ("objected", "received"):
        case = Application.objects.filter(state=state).order_by("pk").first()
        if case:
            session = Client().session
            session["signed_in"] = True
            session.save()
            key = session.session_key or ""
            sessions.opened(case.result.student, session_key=key, browser="audit")
            found.append(Account(f"applicant with a file {state}", session=key))
    return found


def address_of_its_own() -> str:
    """One of the addresses kept for documentation and tests."""
    return f"198.18.{secrets.randbelow(256)}.{secrets.randbelow(256)}"
