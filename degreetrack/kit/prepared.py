"""Statements that PostgreSQL plans once for each connection, not anew for each request."""

from typing import Any

from django.conf import settings
from django.db import connections

from degreetrack.kit.replicas import source

if settings.DATABASES["default"]["ENGINE"].endswith("postgresql"):
    from psycopg import Cursor

    class _Prepared(Cursor):
        """A cursor whose statements stay prepared on the server."""

        def execute(self, query: Any, params: Any = None, **how: Any) -> Any:
            return super().execute(query, params, prepare=True, **how)


def prepared_cursor() -> Any:
    """A cursor for few statements that are asked very often; elsewhere and by setting an ordinary one."""
    connection = connections[source()]
    if connection.vendor != "postgresql" or not settings.PREPARED_STATEMENTS:
        return connection.cursor()
    connection.ensure_connection()
    return connection._prepare_cursor(_Prepared(connection.connection))  # type: ignore[attr-defined]
