"""Logs as lines of text or JSON with the request's id, and with nobody's numbers or addresses in them.

What an exception says may repeat what a person typed, or a whole row of the database: a trace tells
where it happened and of which kind it was, and of the words only those without a value in them.
"""

import json
import logging
import re
import traceback
from datetime import UTC, datetime

from django.core.exceptions import ValidationError
from django.views.debug import SafeExceptionReporterFilter

from degreetrack.web.request_ids import current_id

# A CNIC, a mobile, an e-mail address (or a password before a host), wherever they come from; and what stands
# in an address as a secret: a gateway's, a link to a new password, a link that stops news.
_PERSONAL = re.compile(
    r"(?<!\d)\d{5}-?\d{7}-?\d(?!\d)"
    r"|(?<!\d)(?:(?:\+|00)?92[ -]?|0)?3\d{2}[ -]?\d{7}(?!\d)"
    r"|(?<![\w.+%-])[\w.+%-]+@[\w-]+(?:\.[\w-]+)*"
    r"|(?<=/)[\w:.-]{32,}(?=/|$)"
)
# What stands in quotes or brackets or is a number may be what somebody typed.
_VALUES = re.compile(r"""'[^']*'|"[^"]*"|\([^)]*\)|\d+""")
MOST = 300


def without_persons(text: str) -> str:
    """The text with a mark in place of each CNIC, mobile and e-mail address."""
    return _PERSONAL.sub("…", text)


class WithRequestId(logging.Filter):
    """Write the id of the request under way to each record; a dash outside one."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let everything through."""
        # What Django itself says of a request comes after the middleware is through with it.
        record.request_id = getattr(getattr(record, "request", None), "request_id", None) or current_id()
        return True


class Plain(logging.Formatter):
    """A line for people, and the trace below it."""

    def format(self, record: logging.LogRecord) -> str:
        """The line without anybody's numbers; a trace that another formatter left is not used."""
        record.exc_text = None
        return without_persons(super().format(record))

    def formatException(self, ei: object) -> str:
        """The trace, as `trace` tells it."""
        return trace(ei[1]) if isinstance(ei, tuple) and ei[1] else ""


class Json(Plain):
    """One line for each record: time, level, logger, request id, message and, of a fault, its trace."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as JSON; letters of every script stay as they are."""
        said = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "request": getattr(record, "request_id", "-"),
            "message": without_persons(record.getMessage()),
        }
        if record.exc_info:
            said["trace"] = without_persons(self.formatException(record.exc_info))
        return json.dumps(said, ensure_ascii=False)


def trace(fault: BaseException) -> str:
    """Where an exception and those behind it came from, first things first, without any value."""
    chain = [fault]
    while True:
        last = chain[-1]
        behind = last.__cause__ or (None if last.__suppress_context__ else last.__context__)
        if behind is None or behind in chain:
            break
        chain.append(behind)
    return "".join(
        "".join(traceback.format_tb(one.__traceback__)) + f"{type(one).__name__}{_said(one)}\n"
        for one in reversed(chain)
    ).rstrip()


def _said(fault: BaseException) -> str:
    """What may be told of an exception; of the database's own words the code and the names of what broke."""
    told = getattr(fault, "diag", None) or getattr(fault.__cause__, "diag", None)
    if told is not None:
        names = (told.sqlstate, told.table_name, told.column_name, told.constraint_name)
        text = " ".join(name for name in names if name)
    else:
        text = "" if isinstance(fault, ValidationError) else _VALUES.sub("…", str(fault))[:MOST]
    return f": {text}" if text else ""


class Discreet(SafeExceptionReporterFilter):
    """What the page of a fault shows of the settings where DEBUG is on: no secret, in whatever they lie."""

    hidden_settings = re.compile(
        r"API|AUTH|TOKEN|KEY|SECRET|PASS|PWD|SIGNATURE|HTTP_COOKIE|DATABASE_URL|LOCATION|MAIL|SMS|SMPP", re.I
    )
