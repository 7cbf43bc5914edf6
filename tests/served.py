"""The product itself under its server, as a process of its own."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import suppress
from email.message import Message
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@pytest.fixture
def served(tmp_path):
    """The product itself under its server, with the given database or cache; ask() fetches an address."""
    running = []

    def serve(*, stderr=None, **env: str):
        port = free_port()
        words = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1"]
        words += [
            "--port",
            str(port),
            "--no-ws",
            "--log-level",
            "error",
            "degreetrack.config.wsgi:application",
        ]
        given = {"SECRET_KEY": "x" * 50, "ALLOWED_HOSTS": "127.0.0.1", "VAR_DIR": str(tmp_path), "DEMO": "0"}
        running.append(
            subprocess.Popen(
                words, cwd=ROOT, env=os.environ | given | env, stderr=stderr, start_new_session=True
            )
        )
        # On a busy machine a server takes a minute to come up.
        for _ in range(1200):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        else:
            pytest.fail("the server did not start")

        def ask(path: str) -> tuple[int, Message, str, float]:
            began = time.monotonic()
            try:
                answer = urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=120)
            except urllib.error.HTTPError as error:
                answer = error
            with answer:
                page = answer.read().decode()
            return answer.status, answer.headers, page, time.monotonic() - began

        return ask

    yield serve
    for process in running:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(10)
        # A worker told to end while it is still starting may never hear of it.
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
