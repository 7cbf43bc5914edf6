"""In a browser: English on SQLite, Urdu on PostgreSQL; with LANGUAGES=all both on both."""

import os
import re
from pathlib import Path

from django.db import connection
from playwright.sync_api import expect

HERE = Path(__file__).parent
# A loaded machine is slow, not wrong.
expect.set_options(timeout=90_000)


def pytest_collection_modifyitems(config, items) -> None:
    """Leave out what the run on the other database walks: browsers take most of the time of all tests."""
    if os.environ.get("LANGUAGES") == "all":
        return
    other = "en" if connection.vendor == "postgresql" else "ur"
    left = [one for one in items if HERE in one.path.parents and re.search(rf"[\[-]{other}\]$", one.nodeid)]
    config.hook.pytest_deselected(items=left)
    items[:] = [one for one in items if one not in left]
