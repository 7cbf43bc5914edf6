"""Many rows as one parameter of a statement, which is the cheapest way to hand them to either database."""

import json
from typing import Any

from django.db import connection


def with_told(
    statement: str, told: list[dict[str, Any]], *more: Any, **columns: str
) -> list[tuple[Any, ...]]:
    """Run a statement that reads the table `told`, made of these rows; return what it returns.

    `columns` are told's, with their types; `more` are the statement's own parameters.
    """
    if connection.vendor == "postgresql":
        typed = ", ".join(f"{name} {kind}" for name, kind in columns.items())
        table = f"SELECT * FROM json_to_recordset(%s::json) AS told ({typed})"  # noqa: S608 - our names
    else:
        read = ", ".join(f"json_extract(value, '$.{name}') AS {name}" for name in columns)
        table = f"SELECT {read} FROM json_each(%s)"  # noqa: S608 - our names
    with connection.cursor() as cursor:
        cursor.execute(f"WITH told AS ({table}) {statement}", [json.dumps(told), *more])
        return cursor.fetchall() if cursor.description else []
