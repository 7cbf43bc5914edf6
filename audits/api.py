"""Run schemathesis over what docs/api.yaml tells, against a demo of its own."""

import os
import subprocess
import sys
from pathlib import Path

from audits.demo import ROOT, running


def main() -> int:
    """Serve, call, tell; the exit code is schemathesis's."""
    with running() as site:
        command = [str(Path(sys.executable).parent / "schemathesis"), "run", "docs/api.yaml", "--url", site]
        command += ["--max-examples", "60", "--request-timeout", "20", "--seed", "1", "--no-color"]
        # No door of ours is opened by a key alone: what is unsigned is tried by the tests.
        command += ["--exclude-checks", "ignored_auth,unsupported_method"]
        more = {"SCHEMATHESIS_HOOKS": "audits.hooks", "PYTHONPATH": str(ROOT)}
        return subprocess.run(command, cwd=ROOT, env=os.environ | more, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
