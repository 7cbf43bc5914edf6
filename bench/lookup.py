"""Requests per second and p99 of the status page, beside an empty Django view of the same server.

`python -m bench.lookup --applications 100000` against the database of DATABASE_URL, filled by
bench.fill. Starts granian with two workers on loopback, eight connections, rounds in turn.
"""

import argparse
import http.client
import os
import random
import statistics
import subprocess
import sys
import threading
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
PORT = 8765
CONNECTIONS = 8


def one_round(paths: list[str], seconds: float) -> tuple[float, float]:
    """Ask for paths over eight connections; return requests per second and p99 in milliseconds."""
    times: list[float] = []
    wrong: list[int] = []
    end = time.perf_counter() + seconds

    def ask(seed: int) -> None:
        draw = random.Random(seed)
        link = http.client.HTTPConnection("127.0.0.1", PORT)
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
    p99 = statistics.quantiles(times, n=100)[98]
    return len(times) / (time.perf_counter() - began), p99 * 1000


def main() -> None:
    """Print a table: what, requests per second, p99, ratio to the empty view."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--applications", type=int, required=True)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=4)
    given = parser.parse_args()
    from bench.fill import roll_no, tracking_id

    numbers = [random.Random(1).randrange(1, given.applications + 1) for _ in range(5000)]
    asked = {
        "empty view": ["/bench/empty/"],
        "status by tracking ID": [f"/status/{tracking_id(n)}/" for n in numbers],
        "look-up by roll number": [f"/in-process/?q={roll_no(n)}" for n in numbers],
    }
    env = os.environ | {"DJANGO_SETTINGS_MODULE": "bench.settings"}
    server = subprocess.Popen(
        [sys.executable, "-m", "granian", "--interface", "wsgi", "--workers", "2", "--host", "127.0.0.1",
         "--port", str(PORT), "--no-ws", "--blocking-threads", "8", "--log-level", "warning",
         "bench.wsgi:application"],
        env=env, cwd=ROOT,
    )  # fmt: skip
    try:
        time.sleep(4)
        results: dict[str, list[tuple[float, float]]] = {what: [] for what in asked}
        for _ in range(given.rounds):
            for what, paths in asked.items():
                results[what].append(one_round(paths, given.seconds))
    finally:
        server.terminate()
        server.wait()
    empty = statistics.median(rate for rate, _p99 in results["empty view"])
    print(f"| {given.applications:,} applications | requests/s | p99 ms | of the empty view |")
    print("|---|---|---|---|")
    for what, rounds in results.items():
        rate = statistics.median(r for r, _ in rounds)
        p99 = statistics.median(p for _, p in rounds)
        print(f"| {what} | {rate:,.0f} | {p99:.1f} | {rate / empty:.0%} |")


if __name__ == "__main__":
    main()
