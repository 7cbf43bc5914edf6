"""What a load of the institution's files would undo of the administration's later changes."""

from collections.abc import Iterator
from typing import Any

from django.db.models import Model
from django.utils.translation import gettext as _

from degreetrack.accounts.models import Right
from degreetrack.catalogue import models as rows
from degreetrack.catalogue.files import FILES, File
from degreetrack.journal import audit
from degreetrack.journal.rows import plain, stream_of

FILES_STREAM = "admin/files"
# Of these the load ends what the file no longer names.
ENDED_BY_FILE = (rows.ObjectionReason, rows.ChecklistItem, rows.Target, Right)


class _Touched:
    """What the administration did to the rows of one model since the last load."""

    def __init__(self) -> None:
        self.changed: set[str] = set()
        self.deleted: list[dict[str, Any]] = []

    def take(self, entry: Any) -> None:
        """Read one entry."""
        if entry.verb == "deleted":
            self.deleted.append(entry.data["before"])
        else:
            self.changed.add(str(entry.data["after"].get("row", "")))


def undone(institution: dict[str, Any], tables: dict[str, list[tuple[int, dict[str, Any]]]]) -> list[str]:
    """Name each cell of the files that differs from what the administration changed after the last load."""
    models: list[type[Model]] = [rows.Institution, *(file.model for file in FILES)]
    touched = {stream_of(model): _Touched() for model in models}
    for entry in audit.since(audit.latest(FILES_STREAM, "loaded"), touched):
        touched[entry.stream].take(entry)
    found: list[str] = []
    if touched[stream_of(rows.Institution)].changed:
        stored = rows.Institution.objects.filter(pk=institution["slug"]).first()
        if stored:
            found += _cells("institution.toml", stored, institution)
    for file in FILES:
        theirs = touched[stream_of(file.model)]
        if theirs.changed or theirs.deleted:
            found += _rows(file, theirs, tables[file.name])
    return found


def _rows(file: File, theirs: _Touched, table: list[tuple[int, dict[str, Any]]]) -> Iterator[str]:
    stored = {_key(file, row): row for row in file.model._default_manager.all()}
    gone = {tuple(str(before.get(name)) for name in file.key) for before in theirs.deleted}
    named = set()
    for line, values in table:
        key = tuple(str(values[name]) for name in file.key)
        named.add(key)
        where = f"{file.name}.csv: line {line}"
        row = stored.get(key)
        if row is None and key in gone:
            yield f"{where}: " + _("was deleted in the administration, and would come back")
        elif row is not None and str(row.pk) in theirs.changed:
            yield from _cells(where, row, values)
    for key, row in stored.items():
        ends = file.model in ENDED_BY_FILE and str(row.pk) in theirs.changed and key not in named
        if ends and not getattr(row, "retired", False):
            yield f"{file.name}.csv: " + _("“%(row)s” is of the administration, and would end") % {
                "row": " ".join(filter(None, key))
            }


def _cells(where: str, row: Model, values: dict[str, Any]) -> Iterator[str]:
    for name, value in values.items():
        kept = _value(row, name)
        if kept != value:
            yield f"{where}: {name}: " + _("is “%(kept)s” by the administration, “%(value)s” in the file") % {
                "kept": plain(kept),
                "value": plain(value),
            }
    if getattr(row, "retired", False):
        yield f"{where}: " + _("was retired in the administration, and would come back")


def _key(file: File, row: Model) -> tuple[str, ...]:
    return tuple(str(_value(row, name)) for name in file.key)


def _value(row: Model, name: str) -> Any:
    """A field as it is stored: of a reference, the code."""
    return getattr(row, row._meta.get_field(name).attname)  # type: ignore[union-attr]
