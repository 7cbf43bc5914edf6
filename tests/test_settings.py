"""A wrong setting stops the program with its name."""

import os
import subprocess
import sys

import pytest
import redis
from django.core.cache.backends.redis import RedisCache

GOOD = {"SECRET_KEY": "x" * 60, "ALLOWED_HOSTS": "degrees.example.edu"}
SHOW = "from django.conf import settings as s; print(s.DATABASES['default']['ENGINE'], s.MAILERS, s.CACHES)"


def _start(env: dict[str, str], folder: str, show: str = SHOW) -> subprocess.CompletedProcess[str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    kept |= {name: value for name, value in os.environ.items() if name.startswith("COV")}
    return subprocess.run(
        [sys.executable, "-c", show],
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
        ({"SECRET_KEY_FILE": "/nowhere"}, "SECRET_KEY and SECRET_KEY_FILE: set one of them."),
        ({"METRICS_TOKEN_FILE": "/nowhere"}, "METRICS_TOKEN_FILE cannot be read: FileNotFoundError."),
        (
            {"METRICS_FROM": "10.0.0.1/8"},
            "METRICS_FROM must be addresses and networks: 10.0.0.1/8 has",
        ),
        ({"METRICS_TOKEN": "short"}, "METRICS_TOKEN is under 32 characters."),
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


SECRETS = {
    "SECRET_KEY": "x" * 60,
    "SECRET_KEY_FALLBACKS": "y" * 60,
    "DATABASE_URL": "postgres://u:in-a-file@db/x",
    "PAYMENT_SECRETS": f"hbl:{'z' * 40}",
    "SMTP_PASSWORD": "in-a-file",
    "METRICS_TOKEN": "t" * 40,
}


def test_every_secret_may_stand_in_a_file(tmp_path):
    for name, value in SECRETS.items():
        (tmp_path / name).write_text(f"{value}\n", encoding="utf-8")
    asked = ("SECRET_KEY", "SECRET_KEY_FALLBACKS", "PAYMENT_SECRETS", "METRICS_TOKENS")
    more = ("DATABASES['default']['PASSWORD']", "MAILERS['default']['OPTIONS']['password']")
    show = f"from django.conf import settings as s; print({', '.join(f's.{name}' for name in asked + more)})"
    env = {f"{name}_FILE": str(tmp_path / name) for name in SECRETS}

    shown = _start(GOOD | env | {"SECRET_KEY": "", "SMTP_HOST": "mail"}, str(tmp_path), show=show).stdout

    secrets = (["y" * 60], {"hbl": ["z" * 40]}, ["t" * 40])
    assert shown == f"{'x' * 60} {' '.join(map(str, secrets))} in-a-file in-a-file\n"


@pytest.mark.parametrize(
    "env",
    [
        {"DATABASE_URL": "postgres://u:PRIVATE-0123@db:wrong/x"},
        {"DATABASE_URL": "nonsense:PRIVATE-0123"},
        {"MAIL_WEBHOOK_SECRET": "PRIVATE-0123"},
        {"SMS_WEBHOOK_SECRET": "PRIVATE-0123"},
        {"METRICS_TOKEN": "PRIVATE-0123"},
        {"PAYMENT_SECRETS": "hbl:PRIVATE-0123"},
        {"SMS_HTTP_URL": "http://x", "SMS_HTTP_HEADERS": "PRIVATE-0123"},
    ],
)
def test_a_wrong_secret_is_not_repeated(env, tmp_path):
    ended = _start(GOOD | env, str(tmp_path))

    assert ended.returncode == 1
    assert "PRIVATE" not in ended.stdout + ended.stderr


def test_production_settings_are_taken(tmp_path):
    env = {"DATABASE_URL": "postgres://u:p@db/x", "SMTP_HOST": "mail", "REDIS_URL": "redis://r", "HTTPS": "1"}

    shown = _start(GOOD | env, str(tmp_path)).stdout

    assert shown.startswith("degreetrack.kit.postgresql ")
    assert "'host': 'mail'" in shown
    assert "FallbackCache" in shown


def test_limits_can_be_shared_by_redis():
    """What REDIS_URL needs is installed."""
    shared = RedisCache("redis://127.0.0.1:1", {})

    with pytest.raises(redis.ConnectionError):
        shared.add("key", 1)


def test_the_embedded_database_needs_no_setting(tmp_path):
    assert _start(GOOD, str(tmp_path)).stdout.startswith("django.db.backends.sqlite3")
