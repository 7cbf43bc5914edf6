"""Logs as lines of JSON with the request's id, for whoever collects them from many machines."""

import json
import logging
from datetime import UTC, datetime

from degreetrack.web.request_ids import current_id


class WithRequestId(logging.Filter):
    """Write the id of the request under way to each record; a dash outside one."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let everything through."""
        # What Django itself says of a request comes after the middleware is through with it.
        record.request_id = getattr(getattr(record, "request", None), "request_id", None) or current_id()
        return True


class Json(logging.Formatter):
    """One line for each record: time, level, logger, request id, message and, of a fault, its trace."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as JSON; letters of every script stay as they are."""
        said = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "request": getattr(record, "request_id", "-"),
            "message": record.getMessage(),
        }
        if record.exc_info:
            said["trace"] = self.formatException(record.exc_info)
        return json.dumps(said, ensure_ascii=False)
