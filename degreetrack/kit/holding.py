"""A name that only one transaction holds at a time, for what has no row to lock yet."""

from collections.abc import Iterable

from django.db import connection


def hold(names: Iterable[str]) -> None:
    """Let no other transaction hold any of these names until this one ends.

    Names are taken in one order everywhere, so that no two wait for each other. SQLite has one
    writer anyway.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT {held_in_sql('name')} FROM unnest(%s::text[]) AS name",  # noqa: S608 - our names  # nosec B608
                [sorted(set(names))],
            )


def held_in_sql(name: str) -> str:
    """The call that holds a name, in a query around it; PostgreSQL's."""
    return f"pg_advisory_xact_lock(hashtextextended({name}, 0))"
