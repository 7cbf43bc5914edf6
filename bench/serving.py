"""A web server on loopback and eight people who ask it for pages."""

import http.client
import os
import random
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parent.parent
CONNECTIONS = 8


class Round(NamedTuple):
    """What one round of asking gave: requests per second, and the 99th percentile in milliseconds."""

    rate: float
    p99: float


class Server(NamedTuple):
    """A server that runs."""

    port: int
    pid: int


@contextmanager
def served(
    module: str = "bench.wsgi:application",
    *,
    python: Path = Path(sys.executable),
    cwd: Path = ROOT,
    **env: str,
) -> Iterator[Server]:
    """granian with two workers of eight threads, as the README runs it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = [str(python), "-m", "granian", "--interface", "wsgi", "--workers", "2", "--blocking-threads", "8"]
    words += ["--host", "127.0.0.1", "--port", str(port), "--no-ws", "--log-level", "warning", module]
    given = os.environ | {"DJANGO_SETTINGS_MODULE": "bench.settings"} | env
    server = subprocess.Popen(words, env=given, cwd=cwd)
    try:
        _wait_for(port)
        yield Server(port, server.pid)
    finally:
        server.terminate()
        server.wait()


def _wait_for(port: int) -> None:
    for _ in range(300):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                time.sleep(2)
                return
        time.sleep(0.1)
    raise SystemExit("The server did not start.")


def one_round(port: int, paths: Sequence[str], *, seconds: float) -> Round:
    """Ask for paths drawn at random over eight connections; any answer but 200 ends the benchmark."""
    times: list[float] = []
    wrong: list[int] = []
    end = time.perf_counter() + seconds

    def ask(seed: int) -> None:
        draw = random.Random(seed)
        link = http.client.HTTPConnection("127.0.0.1", port)
        while time.perf_counter() < end:
            began = time.perf_counter()
            link.request("GET", draw.choice(paths))
            answer = link.getresponse()
            answer.read()
            times.append(time.perf_counter() - began)
            if answer.status != 200:
                wrong.append(answer.status)

    threads = [threading.Thread(target=ask, args=(seed,)) for seed in range(CONNECTIONS)]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if wrong:
        raise SystemExit(f"{len(wrong)} of {len(times)} answers were not 200: {sorted(set(wrong))}")
    return Round(len(times) / (time.perf_counter() - began), statistics.quantiles(times, n=100)[98] * 1000)


def median(rounds: Sequence[Round]) -> Round:
    """The middle rate and the middle p99 of several rounds."""
    return Round(
        statistics.median(found.rate for found in rounds), statistics.median(found.p99 for found in rounds)
    )


def workers_of(server: Server) -> list[int]:
    """The processes that answer: the children of the one that was started."""
    return [int(pid) for pid in Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text().split()]
