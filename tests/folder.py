"""One folder for all that a run of the tests writes, which goes when the run ends."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path


def _folder() -> Path:
    """That of the run which started this process, or a new one; a fork must not take its parent's away."""
    if given := os.environ.get("TESTS_FOLDER"):
        return Path(given)
    made, mine = Path(tempfile.mkdtemp(prefix="degreetrack-tests-")), os.getpid()
    os.environ["TESTS_FOLDER"] = str(made)

    def gone() -> None:
        if os.getpid() == mine:
            shutil.rmtree(made, ignore_errors=True)

    atexit.register(gone)
    return made


MADE_HERE = "TESTS_FOLDER" not in os.environ
FOLDER = _folder()
