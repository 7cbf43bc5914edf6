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
                "SELECT pg_advisory_xact_lock(hashtextextended(name, 0)) FROM unnest(%s::text[]) AS name",
                [sorted(set(names))],
            )
