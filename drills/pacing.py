"""The pace of a drill: work that goes on, and the timer that keeps it."""

import json
import threading
import time

from drills.machine import ROOT, Machine

# Three minutes of production.
PACE = 12


class Load:
    """Work under way, with what was acknowledged so far."""

    def __init__(self, machine: Machine) -> None:
        self._file = machine.root / "acknowledged"
        command = ["/bin/sh", "-c", f"exec {ROOT}/.venv/bin/python -m drills.writer 0.3 > {self._file}"]
        machine.start("writer", command, PYTHONPATH=str(ROOT))

    def acknowledged(self, *, least: int = 0) -> list[dict]:
        """What was committed, once it is so much."""
        for _ in range(600):
            text = self._file.read_text() if self._file.exists() else ""
            if text.count("\n") > least:
                return [json.loads(line) for line in text[: text.rindex("\n")].splitlines()]
            time.sleep(0.1)
        raise SystemExit(
            f"nothing is written: {(self._file.parent / 'log' / 'writer.log').read_text()[-3000:]}"
        )


class Timer:
    """degreetrack-quick.timer: from start to start."""

    def __init__(self, machine: Machine) -> None:
        self._machine, self._stop, self._begun, self.failed = machine, threading.Event(), 0.0, ""
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        while not self._stop.is_set():
            self._begun = time.monotonic()
            try:
                self._machine.once("quick")
            except SystemExit as why:
                # Whoever kills the database fails the run that is under way.
                self.failed = "" if self._stop.is_set() else str(why)
            self._stop.wait(self.left())

    def left(self) -> float:
        """Seconds until the next run."""
        return max(0.0, PACE - (time.monotonic() - self._begun))

    def stop(self) -> None:
        """Start no other run."""
        self._stop.set()

    def end(self) -> None:
        """Wait for the end of a run under way."""
        self._thread.join()
