"""The logs of the whole run hold nobody's CNIC, mobile or e-mail: each that went through is searched for.

What is gone through: every value in a statement to the database, every field of a request. What is
searched: each log record as the JSON handler writes it, and what child processes wrote to our stderr.
"""

import logging
import re
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import unquote

import pytest
from django.core.handlers.base import BaseHandler
from django.db.backends.signals import connection_created

from degreetrack.config.logs import Json, WithRequestId
from tests.folder import FOLDER, MADE_HERE

CNIC = re.compile(r"(?<!\d)\d{5}-?\d{7}-?\d(?!\d)")
MOBILE = re.compile(r"(?<!\d)(?:\+92|0092|92|0)?(3\d{9})(?!\d)")
EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+\.[\w.-]+\w")
BETWEEN_DIGITS = re.compile(r"(?<=\d)[\s.()-]+(?=\d)")


class Values:
    """What must not be found, as digits alone or in small letters."""

    def __init__(self) -> None:
        self.seen: set[str] = set()
        self.texts: set[int] = set()

    def take(self, value: object) -> None:
        """Note the numbers and addresses in a value, whatever it is."""
        text = value if isinstance(value, str) else "" if isinstance(value, int | float) else str(value)
        # The same words come many thousand times.
        if len(text) < 6 or hash(text) in self.texts:
            return
        self.texts.add(hash(text))
        self.seen.update(re.sub(r"\D", "", found) for found in CNIC.findall(text))
        self.seen.update(MOBILE.findall(text))
        self.seen.update(found.lower() for found in EMAIL.findall(text))

    def in_(self, lines: Iterable[str]) -> list[str]:
        """The lines that hold one of them, however it is written."""
        return [line for line in lines if self._is_in(line)]

    def _is_in(self, line: str) -> bool:
        plain = BETWEEN_DIGITS.sub("", unquote(line)).lower()
        found = set(EMAIL.findall(plain))
        for digits in re.findall(r"\d{10,}", plain):
            for size in (10, 13):
                found.update(digits[at : at + size] for at in range(len(digits) - size + 1))
        return not self.seen.isdisjoint(found)


values = Values()
log = Path(tempfile.mkstemp(dir=FOLDER, suffix=".log")[1])


def _watch(connection, **_more) -> None:
    """Note what goes to the database; a statement costs no other statement by it."""

    def wrapper(execute, sql, params, many, context):
        for row in (params or ()) if many else (params,):
            for value in row.values() if isinstance(row, dict) else row or ():
                values.take(value)
        return execute(sql, params, many, context)

    connection.execute_wrappers.append(wrapper)


def _answer(self, request, original=BaseHandler.get_response):
    """Note what a request brought, once it has been read."""
    answer = original(self, request)
    for given in (request.GET, getattr(request, "_post", {})):
        for field in given.values():
            values.take(field)
    return answer


def pytest_sessionstart(session) -> None:
    handler = logging.FileHandler(log, encoding="utf-8")
    handler.setFormatter(Json())
    handler.addFilter(WithRequestId())
    logging.getLogger().addHandler(handler)
    connection_created.connect(_watch, weak=False)
    BaseHandler.get_response = _answer


def pytest_runtest_logreport(report) -> None:
    """What child processes wrote; the parent's own lines are in it once more."""
    if report.capstderr:
        with log.open("a", encoding="utf-8") as file:
            file.write(report.capstderr + "\n")


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session) -> None:
    with log.open(encoding="utf-8", errors="replace") as lines:
        session.config.leaks = values.in_(lines)
    if session.config.leaks:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
        # It outlives the run's folder, for whoever looks for the leak.
        kept = tempfile.mkdtemp(prefix="degreetrack-leaks-", dir=None if MADE_HERE else FOLDER)
        session.config.leaking = shutil.copy(log, kept)


def pytest_terminal_summary(terminalreporter, config) -> None:
    if config.leaks:
        terminalreporter.section("Personal values in the logs", red=True)
        terminalreporter.line(f"{len(config.leaks)} lines of {config.leaking}, the first of them:")
        for line in config.leaks[:5]:
            terminalreporter.line(line[:300])
