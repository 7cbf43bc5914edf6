"""The product's settings, without the limit on guessing that one loud address would meet at once."""

import os

os.environ.setdefault("SECRET_KEY", "only-for-benchmarks-0123456789-0123456789-0123456789")
os.environ.setdefault("ALLOWED_HOSTS", "127.0.0.1")

from degreetrack.config.settings import *  # noqa: F403

ROOT_URLCONF = "bench.urls"
CACHES = {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}
