"""The browser that the tests walk in; CI requires it, elsewhere its tests are skipped and say so."""

import os
import shutil

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
needs_chromium = pytest.mark.skipif(
    not CHROMIUM and os.environ.get("REQUIRE_BROWSER") != "1",
    reason="needs Chromium: apt-get install chromium",
)
