"""What an entry says of a person in words: kept so that it can be erased and the chain still proven.

Of such a value the chain holds a fingerprint with a salt of its own. Once value and salt are gone,
nobody can find the value by trying, and the chain is as whole as before.
"""

import secrets
from collections.abc import Mapping
from typing import Any

from degreetrack.journal.proof import fingerprint

# Wherever these stand in what an entry tells before or after. A reason is always so: people write it freely.
ERASABLE = frozenset(
    {
        "address", "bearer", "browser", "father_name_en", "father_name_ur", "handed_to", "name_en",
        "name_ur", "problem",
    }
)  # fmt: skip
Veil = dict[str, dict[str, str]]


def veil_over(reason: str, data: Mapping[str, Mapping[str, Any]]) -> Veil | None:
    """A salt for each value that may be erased; None where there is none."""
    paths = ["reason"] if reason else []
    for side, values in data.items():
        paths += [f"{side}.{name}" for name in sorted(ERASABLE & values.keys()) if values[name]]
    return {path: {"salt": secrets.token_hex(16)} for path in paths} or None


def erased(
    reason: str, data: dict[str, dict[str, Any]], veil: Veil | None
) -> tuple[str, dict[str, dict[str, Any]], Veil | None]:
    """The same without the values and their salts; their fingerprints stay."""
    left = {side: dict(values) for side, values in data.items()}
    gone: Veil = {}
    for path, cover in (veil or {}).items():
        side, _dot, name = path.partition(".")
        if "erased" in cover:
            gone[path] = cover
            continue
        value = left[side].pop(name) if name else reason
        gone[path] = {"erased": fingerprint([cover["salt"], value])}
    return "" if "reason" in gone else reason, left, gone or None
