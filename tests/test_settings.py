"""A wrong setting stops the program with its name."""

import os
import subprocess
import sys

import pytest
import redis
from django.core.cache.backends.redis import RedisCache

GOOD = {"SECRET_KEY": "x" * 60, "ALLOWED_HOSTS": "degrees.example.edu"}
SHOW = "from django.conf import settings as s; print(s.DATABASES['default']['ENGINE'], s.MAILERS, s.CACHES)"


def _start(env: dict[str, str], folder: str) -> subprocess.CompletedProcess[str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    kept |= {name: value for name, value in os.environ.items() if name.startswith("COV")}
    return subprocess.run(
        [sys.executable, "-c", SHOW],
        env=kept | {"DJANGO_SETTINGS_MODULE": "degreetrack.config.settings", "VAR_DIR": folder} | env,
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize(
    ("env", "told"),
    [
        ({"SECRET_KEY": ""}, "SECRET_KEY is not set"),
        (
            {"SECRET_KEY": "demo-only-key-refused-without-DEMO=1-and-never-a-secret"},
            "SECRET_KEY is the demo's: it is public, and refused unless DEMO=1.",
        ),
        ({"ALLOWED_HOSTS": " , "}, "ALLOWED_HOSTS is not set"),
        ({"DEBUG": "yes"}, "DEBUG must be 1 or 0, not 'yes'."),
        ({"DEMO": "1", "DEBUG": "1"}, "DEBUG must be 0 where DEMO is 1."),
        ({"SMTP_PORT": "smtp", "SMTP_HOST": "mail"}, "SMTP_PORT must be a whole number, not 'smtp'."),
        (
            {"DOCUMENTS_S3_BUCKET": "papers"},
            "DOCUMENTS_S3_BUCKET, DOCUMENTS_S3_ENDPOINT, DOCUMENTS_S3_KEY and DOCUMENTS_S3_SECRET: "
            "set all four, or none.",
        ),
        ({"CLAMD": "clamd"}, "CLAMD must be HOST:PORT or the path of a socket, not 'clamd'."),
        ({"PAYMENT_SECRETS": "hbl"}, "PAYMENT_SECRETS: the secret of hbl is under 32 characters."),
        ({"PAYMENT_SECRETS": f"{'x' * 40}"}, "PAYMENT_SECRETS: pair 1 must be provider:secret"),
        ({"PAYMENT_SECRETS": f"hbl:{'x' * 32},H B:{'x' * 32}"}, "PAYMENT_SECRETS: pair 2 must be provider:"),
        ({"DATABASE_URL": "nonsense"}, "DATABASE_URL is not a database's address"),
    ],
)
def test_a_wrong_setting_is_told_by_its_name(env, told, tmp_path):
    ended = _start(GOOD | env, str(tmp_path))

    assert ended.returncode == 1
    assert f"ImproperlyConfigured: {told}" in ended.stderr


def test_production_settings_are_taken(tmp_path):
    env = {"DATABASE_URL": "postgres://u:p@db/x", "SMTP_HOST": "mail", "REDIS_URL": "redis://r", "HTTPS": "1"}

    shown = _start(GOOD | env, str(tmp_path)).stdout

    assert shown.startswith("degreetrack.kit.postgresql ")
    assert "'host': 'mail'" in shown
    assert "RedisCache" in shown


def test_limits_can_be_shared_by_redis():
    """What REDIS_URL needs is installed."""
    shared = RedisCache("redis://127.0.0.1:1", {})

    with pytest.raises(redis.ConnectionError):
        shared.add("key", 1)


def test_the_embedded_database_needs_no_setting(tmp_path):
    assert _start(GOOD, str(tmp_path)).stdout.startswith("django.db.backends.sqlite3")
