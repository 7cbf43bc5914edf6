"""Many rows as one parameter of a statement, which is the cheapest way to hand them to either database."""

import json
from typing import Any

from django.db import connection


def told(**columns: str) -> str:
    """The table `told` of a statement's FROM, with these columns and their types; its parameter is `listed`."""
    if connection.vendor == "postgresql":
        typed = ", ".join(f"{name} {kind}" for name, kind in columns.items())
        return f"json_to_recordset(%s::json) AS told ({typed})"
    read = ", ".join(f"json_extract(value, '$.{name}') AS {name}" for name in columns)
    return f"(SELECT {read} FROM json_each(%s)) AS told"


def listed(rows: list[dict[str, Any]]) -> str:
    """The parameter for `told`."""
    return json.dumps(rows)
