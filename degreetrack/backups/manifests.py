"""What a backup says of itself, readable without its key, so that copies of it can be checked anywhere."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from django.db import connection
from django.db.migrations.loader import MigrationLoader

from degreetrack.backups.databases import Rows
from degreetrack.backups.sealing import Part, Unfit
from degreetrack.journal.verification import heads

FORMAT = 1
NAME = "manifest.json"


@dataclass(frozen=True)
class Described:
    """A database's contents in few words: rows of each table, the journal's heads, its migrations."""

    engine: str
    tables: dict[str, int]
    journal: dict[str, Any]
    migrations: list[str]


@dataclass(frozen=True)
class Manifest:
    """One backup."""

    made_at: str
    database: Described
    parts: dict[str, Part]
    papers: int
    lost: list[str] = field(default_factory=list)
    format: int = FORMAT


def describe(rows: Rows) -> Described:
    """Count and name what a database holds, as `rows` reads it."""
    names = sorted(connection.introspection.django_table_names(only_existing=True))
    quoted = {name: connection.ops.quote_name(name) for name in names}
    counts = {name: next(iter(rows(f"SELECT COUNT(*) FROM {quoted[name]}")))[0] for name in names}  # noqa: S608  # nosec B608
    applied = rows("SELECT app, name FROM django_migrations ORDER BY app, name")
    migrations = [f"{app}.{name}" for app, name in applied]
    return Described(connection.vendor, counts, heads(rows), migrations)


def here(query: str) -> Any:
    """Rows of this place's database as it is now."""
    with connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchall()


def write(manifest: Manifest, folder: Path) -> None:
    """Put it into the backup's folder."""
    told = json.dumps(
        asdict(manifest) | {"parts": {n: p._asdict() for n, p in manifest.parts.items()}}, indent=1
    )
    (folder / NAME).write_text(told + "\n", encoding="utf-8")


def read(folder: Path) -> Manifest:
    """Read a backup's manifest; what is none is Unfit."""
    try:
        told = json.loads((folder / NAME).read_text(encoding="utf-8"))
        if told["format"] != FORMAT:
            raise Unfit(f"{folder} has the format {told['format']}; this program knows {FORMAT}.")
        parts = {name: Part(**part) for name, part in told["parts"].items()}
        return Manifest(**told | {"database": Described(**told["database"]), "parts": parts})
    except FileNotFoundError as error:
        raise Unfit(f"{folder} is no backup: it has no {NAME}.") from error
    except (ValueError, KeyError, TypeError) as error:
        raise Unfit(f"{folder / NAME} is damaged: {error}") from error


def check_known(described: Described) -> None:
    """Refuse a backup of another engine, or of a newer product than this."""
    if described.engine != connection.vendor:
        raise Unfit(f"The backup is of {described.engine}; this place has {connection.vendor}.")
    known = {f"{app}.{name}" for app, name in MigrationLoader(None).disk_migrations}
    newer = [name for name in described.migrations if name not in known]
    if newer:
        raise Unfit(f"The backup was made by another version of the product: {newer[0]} is not known here.")


def differences(meant: Described, found: Described) -> list[str]:
    """Where a restored database is not what the manifest says."""
    told = []
    for name in sorted(meant.tables.keys() | found.tables.keys()):
        if meant.tables.get(name) != found.tables.get(name):
            told.append(f"{name}: {meant.tables.get(name)} rows meant, {found.tables.get(name)} found")
    if meant.journal != found.journal:
        told.append(f"the journal's head: {meant.journal} meant, {found.journal} found")
    if meant.migrations != found.migrations:
        told.append("the applied migrations differ")
    return told
