"""The benchmarks' generator keeps up with the tables."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
WHERE = [pytest.param("", id="SQLite")]
if os.environ.get("DATABASE_URL", "").startswith("postgres"):
    WHERE.append(pytest.param(os.environ["DATABASE_URL"], id="PostgreSQL"))


def _run(env: dict[str, str], *words: str) -> str:
    return subprocess.run(
        [sys.executable, *words], env=env, cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout


@pytest.mark.parametrize("database", WHERE)
def test_a_filled_database_is_whole(database, tmp_path):
    env = os.environ | {
        "SECRET_KEY": "bench",
        "ALLOWED_HOSTS": "x",
        "DATABASE_URL": database,
        "VAR_DIR": str(tmp_path),
        "DJANGO_SETTINGS_MODULE": "degreetrack.config.settings",
    }

    _run(env, "-m", "django", "migrate", "-v0")
    _run(env, "-m", "bench.fill", "50")

    assert _run(env, "-m", "django", "verify_journal").startswith("Whole: ")
