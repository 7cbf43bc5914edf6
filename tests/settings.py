"""Settings of the tests: the product's own, with what a test machine needs."""

import os
import tempfile
from pathlib import Path

os.environ.setdefault("SECRET_KEY", "only-for-tests-and-nothing-else-0123456789-0123456789")
os.environ.setdefault("ALLOWED_HOSTS", "localhost,127.0.0.1,testserver")
os.environ["DEMO"] = "1"
os.environ["DEBUG"] = "0"
# What is sent must not depend on the hour at which the tests run.
os.environ["QUIET_HOURS"] = "none"
os.environ["REMEMBER_SECONDS"] = "0"
os.environ["MAIL_WEBHOOK_SECRET"] = "provider:only-for-tests-0123456789-0123456789"
os.environ["SMS_WEBHOOK_SECRET"] = "only-for-tests-0123456789-0123456789"

from degreetrack.config.settings import *  # noqa: F403
from tests.folder import FOLDER

ALLOWED_HOSTS = ["*"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
VAR_DIR = Path(tempfile.mkdtemp(prefix="var-", dir=FOLDER))
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "documents": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": VAR_DIR / "documents"},
    },
    "archives": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": VAR_DIR / "archives"},
    },
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):  # noqa: F405
    # A file, as in production: a database in memory locks whole tables between threads.
    _folder = tempfile.mkdtemp(prefix="database-", dir=FOLDER)
    DATABASES["default"]["TEST"] = {"NAME": f"{_folder}/tests.sqlite3"}  # noqa: F405
