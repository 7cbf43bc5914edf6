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
        # Not asked: what is unsigned (the tests try it), the time stamp that our signer always adds, and
        # whether all that the schema has is taken and nothing else: amounts and days are read by the bank's
        # own rules, NUL is refused anywhere, and gateways send more fields than we read.
        left_out = "ignored_auth,unsupported_method,missing_required_header"
        command += ["--exclude-checks", f"{left_out},positive_data_acceptance,negative_data_rejection"]
        more = {"SCHEMATHESIS_HOOKS": "audits.hooks", "PYTHONPATH": str(ROOT)}
        return subprocess.run(command, cwd=ROOT, env=os.environ | more, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
