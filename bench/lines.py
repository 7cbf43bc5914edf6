"""One line for each bar that a benchmark measures, printed, and kept where BENCH_LINES names a file."""

import json
import os
from pathlib import Path


def tell(bar: int, what: str, figure: float, unit: str, target: str, met: bool) -> None:
    """Print a figure beside its target; append it as JSON to the file of BENCH_LINES, where that is set."""
    line = json.dumps(
        {"bar": bar, "what": what, "figure": figure, "unit": unit, "target": target, "met": met}
    )
    print(line, flush=True)
    if path := os.environ.get("BENCH_LINES"):
        with Path(path).open("a", encoding="utf-8") as file:
            file.write(line + "\n")
