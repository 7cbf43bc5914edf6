"""Settings of what is kept: where files lie, where the journal's anchors go, and how long things stay."""

from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from degreetrack.config.environment import names, number, text

BASE_DIR = Path(__file__).resolve().parent.parent.parent
VAR_DIR = Path(text("VAR_DIR", str(BASE_DIR / "var")))

STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
_bucket = {
    "bucket_name": text("DOCUMENTS_S3_BUCKET"),
    "endpoint_url": text("DOCUMENTS_S3_ENDPOINT"),
    "access_key": text("DOCUMENTS_S3_KEY"),
    "secret_key": text("DOCUMENTS_S3_SECRET"),
}
if any(_bucket.values()) and not all(_bucket.values()):
    raise ImproperlyConfigured(
        "DOCUMENTS_S3_BUCKET, DOCUMENTS_S3_ENDPOINT, DOCUMENTS_S3_KEY and DOCUMENTS_S3_SECRET: "
        "set all four, or none."
    )


def _store(folder: str | Path, **in_bucket: str) -> dict[str, object]:
    """A private store of files: in the bucket, where there is one, else in a folder that only we may read."""
    if _bucket["bucket_name"]:
        more = {"default_acl": "private", "addressing_style": "path"}
        return {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": _bucket | more | in_bucket}
    modes = {"file_permissions_mode": 0o600, "directory_permissions_mode": 0o700}
    return {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": folder} | modes,
    }


STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "documents": _store(VAR_DIR / "documents"),
    # Months of the journal and of notices; in the bucket under "archives/".
    "archives": _store(text("ARCHIVE_DIR") or VAR_DIR / "archives", location="archives"),
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
# The key is set on the one machine that signs where the journal stands, never on a web server.
ANCHOR_KEY_FILE = text("ANCHOR_KEY_FILE")
ANCHOR_FILE = text("ANCHOR_FILE") or VAR_DIR / "anchors.jsonl"
ANCHOR_TO = names("ANCHOR_TO")
# How long things are kept; docs/privacy.md says what goes when.
NOTICE_MONTHS = number("NOTICE_MONTHS", 12)
CASE_MONTHS = number("CASE_MONTHS", 24)
DRAFT_MONTHS = number("DRAFT_MONTHS", 6)
SIGN_IN_MONTHS = number("SIGN_IN_MONTHS", 12)
JOURNAL_MONTHS = number("JOURNAL_MONTHS", 60)
CLAMD = text("CLAMD")
if CLAMD and not CLAMD.startswith("/") and not CLAMD.rpartition(":")[2].isdigit():
    raise ImproperlyConfigured(f"CLAMD must be HOST:PORT or the path of a socket, not {CLAMD!r}.")
