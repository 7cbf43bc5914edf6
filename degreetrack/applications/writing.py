"""What moves have changed of files, written in as few statements for many as for one."""

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

from django.db import connection

from degreetrack.applications.models import Application
from degreetrack.kit.rows import with_told

Columns = dict[str, Any]
_FIELDS = {field.attname: field for field in Application._meta.concrete_fields}


def write(applications: Sequence[Application], before: Sequence[Columns]) -> None:
    """Save what changed: of many, what is the same for all in one statement, what differs in another."""
    now = [vars(row) for row in applications]
    changed = {
        name for old, new in zip(before, now, strict=True) for name in _FIELDS if old[name] != new[name]
    }
    if len(now) > 1:
        same = {name: now[0][name] for name in changed if all(new[name] == now[0][name] for new in now)}
        Application.objects.filter(pk__in=[row.pk for row in applications]).update(**same)
        changed -= same.keys()
    if changed:
        _write_each(now, sorted(changed))


def _write_each(rows: Iterable[Columns], names: Sequence[str]) -> None:
    fields = [_FIELDS[name] for name in names]
    told = [
        {"pk": row["id"]}
        | {field.attname: field.get_db_prep_save(row[field.attname], connection) for field in fields}
        for row in rows
    ]
    columns = ", ".join(f"{field.column} = told.{field.attname}" for field in fields)
    with_told(
        f"UPDATE applications_application SET {columns} FROM told WHERE id = told.pk",  # noqa: S608 - our names  # nosec B608
        told,
        pk="bigint",
        **{name: _kind(name) for name in names},
    )


@cache
def _kind(name: str) -> str:
    """The type of a column, as the database names it."""
    return str(_FIELDS[name].db_type(connection))
