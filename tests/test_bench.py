"""The benchmarks' generator keeps up with the tables."""

import os
import random
import subprocess
import sys
from pathlib import Path

from bench.timing import compared

ROOT = Path(__file__).parent.parent


def _run(env: dict[str, str], *words: str) -> str:
    return subprocess.run(
        [sys.executable, *words], env=env, cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout


def test_a_filled_database_is_whole(tmp_path):
    env = os.environ | {
        "SECRET_KEY": "bench",
        "ALLOWED_HOSTS": "x",
        "DATABASE_URL": "",
        "VAR_DIR": str(tmp_path),
        "DJANGO_SETTINGS_MODULE": "degreetrack.config.settings",
    }

    _run(env, "-m", "django", "migrate", "-v0")
    _run(env, "-m", "bench.fill", "50")

    assert _run(env, "-m", "django", "verify_journal").startswith("Whole: ")


def test_times_that_lie_apart_are_told_from_those_that_do_not():
    draw = random.Random(1)
    one, other = ([draw.gauss(0.010, 0.001) for _ in range(200)] for _ in range(2))
    slower = [took + 0.002 for took in one]

    assert [compared(one, other).verdict, compared(slower, other).verdict] == ["no", "YES"]
    assert compared([0.01, 0.02] * 5, [0.012, 0.018] * 5).verdict == "too coarse"
