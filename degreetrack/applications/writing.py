"""What moves have changed of files, written in as few statements for many as for one."""

from collections.abc import Sequence
from typing import Any

from django.db import connection

from degreetrack.applications.models import Application
from degreetrack.kit.rows import with_told

Columns = dict[str, Any]


def write(applications: Sequence[Application], before: Sequence[Columns]) -> None:
    """Save what changed: of many, what is the same for all in one statement, what differs in another."""
    now = [vars(row) for row in applications]
    fields = {field.attname: field for field in Application._meta.concrete_fields}
    changed = {
        name for name in fields if any(old[name] != new[name] for old, new in zip(before, now, strict=True))
    }
    same: Columns = {}
    if len(applications) > 1:
        same = {name: now[0][name] for name in changed if all(new[name] == now[0][name] for new in now)}
        Application.objects.filter(pk__in=[row.pk for row in applications]).update(**same)
    if differing := sorted(changed - same.keys()):
        told = [
            {"pk": row.pk}
            | {name: fields[name].get_db_prep_save(new[name], connection) for name in differing}
            for row, new in zip(applications, now, strict=True)
        ]
        kinds = {name: str(fields[name].db_type(connection)) for name in differing}
        columns = ", ".join(f"{fields[name].column} = told.{name}" for name in differing)
        with_told(
            f"UPDATE applications_application SET {columns} FROM told WHERE id = told.pk",  # noqa: S608 - our names  # nosec B608
            told,
            pk="bigint",
            **kinds,
        )
