"""The benchmarks' generator keeps up with the tables."""

import os
import subprocess
import sys
from pathlib import Path

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
