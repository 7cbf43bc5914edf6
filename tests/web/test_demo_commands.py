"""The demo as a visitor starts it: loaded, served, ended with Ctrl-C, started again."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

import pytest

RUN = [sys.executable, "-c", "from degreetrack.config.console import main; main()"]


@pytest.fixture
def demo(tmp_path):
    """The environment of a demo of its own, on SQLite."""
    env = os.environ | {
        "DEMO": "1",
        "DEBUG": "0",
        "VAR_DIR": str(tmp_path),
        "DJANGO_SETTINGS_MODULE": "degreetrack.config.settings",
    }
    for name in ("SECRET_KEY", "ALLOWED_HOSTS", "DATABASE_URL"):
        env.pop(name, None)
    return env


def _run(env: dict[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*RUN, *words], env=env, capture_output=True, text=True)


def _answer(address: str) -> str:
    for _ in range(480):
        try:
            with urllib.request.urlopen(address) as page:
                return page.read().decode()
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.25)
    raise AssertionError(f"{address} did not answer")


def test_the_demo_loads_serves_ends_and_keeps_its_data(demo):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    assert _run(demo, "collectstatic", "--noinput", "-v0").returncode == 0
    assert _run(demo, "migrate", "-v0").returncode == 0
    first = _run(demo, "load-demo", "--applications", "150")
    again = _run(demo, "load-demo")
    assert "Living through a year of 150 applications" in first.stdout
    assert again.stdout == "The sample university is there already; its data are kept.\n"
    assert _run(demo, "verify-journal").stdout.startswith("Whole: ")

    command = [*RUN, "serve-demo", "--port", port]
    with subprocess.Popen(command, env=demo, stdout=subprocess.PIPE, text=True) as server:
        site = f"http://127.0.0.1:{port}"
        pages = [_answer(site + place) for place in ("/", "/demo/", "/demo/outbox/")]
        server.send_signal(signal.SIGINT)
        told, _nothing = server.communicate(timeout=120)

    assert server.returncode == 0
    assert "AIOU Degree Tracking System" in pages[0]
    assert "demo-of-degreetrack" in pages[1]
    assert pages[2].count("<article") == 30
    assert "Sample degree tracking IDs" in told
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", int(port))) != 0


def test_a_port_that_is_none_is_refused(demo):
    assert _run(demo, "migrate", "-v0").returncode == 0

    ended = _run(demo, "serve-demo", "--port", "http")

    assert ended.returncode == 1
    assert "PORT must be a number from 1 to 65535, not 'http'." in ended.stderr


def test_an_unknown_setting_ends_with_its_name(demo):
    ended = _run(demo | {"DEBUG": "yes"}, "check")

    assert (ended.returncode, ended.stderr) == (1, "degreetrack: DEBUG must be 1 or 0, not 'yes'.\n")
