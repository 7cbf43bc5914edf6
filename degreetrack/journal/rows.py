"""How rows of tables are told in the journal."""

import hashlib
import json
from typing import Any

from django.db.models import Model

LONG = 500


def stream_of(model: type[Model]) -> str:
    """The journal's name for what the administration does to rows of a model."""
    return f"admin/{model._meta.model_name}"[:40]


def plain(value: Any) -> Any:
    """A value as the journal keeps it; a long one, such as a drawing, by its length and fingerprint."""
    if value is None or isinstance(value, bool | int):
        return value
    text = value if isinstance(value, str) else None
    if isinstance(value, list | dict):
        text = json.dumps(value, sort_keys=True, ensure_ascii=False)
    text = str(value) if text is None else text
    if len(text) <= LONG:
        return value if isinstance(value, list | dict) else text
    return f"({len(text)} letters, sha256 {hashlib.sha256(text.encode()).hexdigest()})"
