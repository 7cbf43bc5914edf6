"""degreetrack serve-demo: the web server and the worker; Ctrl-C ends both."""

import os
import shutil
import signal
import subprocess  # nosec B404 - the demo alone, its own programs
import sys
import tempfile
from types import FrameType

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import Count

from degreetrack.accounts.models import User
from degreetrack.web.demo.sample import APP_SECRET, PASSWORD, sample_ids


class Command(BaseCommand):
    help = "Serve the demo on loopback until Ctrl-C."

    def add_arguments(self, parser: CommandParser) -> None:
        """Ask for the port."""
        parser.add_argument("--port", default=os.environ.get("PORT", "8000"))

    def handle(self, *args: str, port: str, **options: str) -> None:
        """Start both, say where to go, wait, end both."""
        if not settings.DEMO:
            raise CommandError("This serves the demo only: set DEMO=1.")
        if not port.isdecimal() or not 0 < int(port) < 65536:
            raise CommandError(f"PORT must be a number from 1 to 65535, not {port!r}.")
        self._tell(port)
        site = f"http://127.0.0.1:{port}"
        figures = tempfile.mkdtemp(prefix="degreetrack-figures-")
        env = os.environ | {"SITE_URL": site, "DJANGO_SETTINGS_MODULE": "degreetrack.config.settings"}
        env |= {"METRICS_DIR": figures}
        web = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", port]
        web += ["--workers", "2", "--no-ws", "--blocking-threads", "8", "--log-level", "error"]
        web.append("degreetrack.config.wsgi:application")
        worker = [sys.executable, "-c", "from degreetrack.config.console import main; main()", "worker"]
        # Each in a group of its own, so that Ctrl-C reaches them once, through us.
        children = [
            subprocess.Popen(command, env=env, start_new_session=True)  # nosec B603 - no word of anybody's
            for command in (web, worker)
        ]

        def stop(number: int, frame: FrameType | None) -> None:
            for child in children:
                if child.poll() is None:
                    child.terminate()

        signal.signal(signal.SIGINT, stop)
        signal.signal(signal.SIGTERM, stop)
        # Whichever ends first ends the other: half a demo would puzzle people.
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOWAIT)
        stop(0, None)
        codes = [child.wait() for child in children]
        shutil.rmtree(figures, ignore_errors=True)
        self.stdout.write("The demo has ended.")
        if any(code not in (0, -signal.SIGTERM) for code in codes):
            raise CommandError(f"The web server or the worker failed (is port {port} taken?).")

    def _tell(self, port: str) -> None:
        line = self.stdout.write
        line(f"\nOpen      http://127.0.0.1:{port}/\n          http://127.0.0.1:{port}/demo/  (all of this)")
        line(f"          http://127.0.0.1:{port}/demo/outbox/  (what was sent)\n")
        line(f"Staff sign in at http://127.0.0.1:{port}/staff/login/ with the password {PASSWORD}")
        for user in User.objects.select_related("section").annotate(apps=Count("factors")).order_by("pk"):
            line(f"          {user.username:20} {user.section}{' (with a code)' if user.apps else ''}")
        line(f"          The code stands at http://127.0.0.1:{port}/demo/; its key is {APP_SECRET}")
        line("\nSample degree tracking IDs")
        for application in sample_ids():
            line(f"          {application.tracking_id}  {application.get_state_display()}")
        line("\nCtrl-C ends it.\n")
        # Whoever reads through a pipe reads it now too.
        self.stdout.flush()
