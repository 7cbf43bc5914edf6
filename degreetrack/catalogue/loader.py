"""Read an institution's folder: check every file whole, name each fault, then write or touch nothing."""

import csv
import tomllib
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.db import transaction
from django.utils.translation import gettext as _

from degreetrack.accounts.models import Actor, Right, Section
from degreetrack.catalogue import checks
from degreetrack.catalogue import models as rows
from degreetrack.catalogue.files import FILES, File
from degreetrack.catalogue.overwrites import FILES_STREAM, undone
from degreetrack.catalogue.targets import STAGES
from degreetrack.journal.services import ByWhom, record
from degreetrack.kit.refusals import Refused


class LoadFaults(Refused):
    """Everything wrong with an institution's files; nothing was loaded."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


class WouldOverwrite(LoadFaults):
    """What the files would undo of the administration's changes; nothing was loaded."""


_TOML: dict[str, type] = {
    "slug": str, "name_en": str, "name_ur": str, "short_name_en": str, "short_name_ur": str, "website": str,
    "help_email": str, "help_phone": str, "address_en": str, "address_ur": str, "roll_pattern": str,
    "registration_pattern": str, "objection_days": int, "revive_days": int, "challan_days": int,
    "small_shortage": int, "weekend": list, "extension_days": int, "reminder_days": list, "reply_days": int,
    "withdrawal_rule_en": str, "withdrawal_rule_ur": str, "shortage_reason": str,
    "intake_pattern": str, "sms_price": int,
}  # fmt: skip


LOADER = Actor("load-institution")
# Rows that cases speak of: what the file names no more is offered no more, and stays.
_RETIRING = (rows.ObjectionReason, rows.ChecklistItem)


def load(directory: Path, *, overwrite: bool = False, by: ByWhom = LOADER) -> dict[str, int]:
    """Check the whole folder, then write and journal it in one transaction; return the rows of each file.

    What the administration changed since the last load is a fault where the files differ from it,
    unless they shall overwrite it.
    """
    faults: list[str] = []
    institution = _institution(directory, faults)
    tables = {file.name: _table(directory, file, faults) for file in FILES}
    for _line, values in tables["required_documents"]:
        values["sample"] = _drawing(directory, f"document_samples/{values['code']}.svg", faults)
    _references(tables, faults)
    known = {values["code"] for _line, values in tables["objection_reasons"]}
    if institution and institution.get("shortage_reason") not in known:
        faults.append("institution.toml: shortage_reason: " + _("does not stand in objection_reasons.csv"))
    for name in ("tariff", "charges"):
        _fees_of_the_past(name, tables[name], faults)
    _offices(tables, faults)
    _every_stage(tables, faults)
    if faults:
        raise LoadFaults(faults)
    counts = {"institution": 1} | {name: len(table) for name, table in tables.items()}
    with transaction.atomic():
        lost = undone(institution, tables)
        if lost and not overwrite:
            raise WouldOverwrite(lost)
        said = {"slug": institution["slug"], "overwritten": lost} | counts
        record(FILES_STREAM, "loaded", by=by, after=said)
        rows.Institution.objects.exclude(pk=institution["slug"]).delete()
        rows.Institution.objects.update_or_create(slug=institution.pop("slug"), defaults=institution)
        for file in FILES:
            _write(file, [values for _line, values in tables[file.name]])
    return counts


def _institution(directory: Path, faults: list[str]) -> dict[str, Any]:
    path = directory / "institution.toml"
    try:
        given = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        faults.append(f"{path.name}: {error}")
        return {}
    for name, kind in _TOML.items():
        if not isinstance(given.get(name), kind) or given[name] == "":
            faults.append(f"{path.name}: {name}: " + _("is missing, or of the wrong kind"))
    for name in given.keys() - _TOML.keys():
        faults.append(f"{path.name}: {name}: " + _("is not known; remove it or mend its spelling"))
    for name, check in (("reminder_days", checks.reminder_days), ("weekend", checks.weekend)):
        if isinstance(given.get(name), list) and (why := check(given[name])):
            faults.append(f"{path.name}: {name}: {why}")
    for name in ("roll_pattern", "registration_pattern", "intake_pattern"):
        if why := checks.pattern(str(given.get(name))):
            faults.append(f"{path.name}: {name}: {why}")
    if urlsplit(str(given.get("website"))).scheme not in ("http", "https"):
        faults.append(f"{path.name}: website: " + _("must begin with https://"))
    return given | {"crest": _drawing(directory, "crest.svg", faults)}


def _drawing(directory: Path, name: str, faults: list[str]) -> str:
    """A picture of the folder, as text."""
    try:
        drawing = (directory / name).read_text(encoding="utf-8")
    except FileNotFoundError:
        faults.append(f"{name}: " + _("is missing; add a plain SVG picture"))
        return ""
    except (OSError, UnicodeDecodeError) as error:
        faults.append(f"{name}: {error}")
        return ""
    if why := checks.drawing(drawing):
        faults.append(f"{name}: {why}")
    return drawing


def _table(directory: Path, file: File, faults: list[str]) -> list[tuple[int, dict[str, Any]]]:
    path = directory / f"{file.name}.csv"
    try:
        lines = list(csv.reader(path.read_text(encoding="utf-8-sig").splitlines()))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        faults.append(f"{path.name}: {error}")
        return []
    head = lines[0] if lines else []
    if head != list(file.columns):
        faults.append(
            f"{path.name}: line 1: " + _("the columns must be %(names)s") % {"names": ",".join(file.columns)}
        )
        return []
    table: list[tuple[int, dict[str, Any]]] = []
    seen: dict[tuple, int] = {}
    for number, line in enumerate(lines[1:], start=2):
        if not any(line):
            continue
        values = _row(file, number, line, faults)
        if values is None:
            continue
        key = tuple(values[name] for name in file.key)
        if key in seen:
            faults.append(
                f"{path.name}: line {number}: {file.key[0]}: "
                + _("stands in line %(line)s already") % {"line": seen[key]}
            )
        seen.setdefault(key, number)
        table.append((number, values))
    return table


def _row(file: File, number: int, line: list[str], faults: list[str]) -> dict[str, Any] | None:
    where = f"{file.name}.csv: line {number}: "
    if len(line) != len(file.columns):
        faults.append(
            where + _("has %(n)s cells; %(m)s are needed") % {"n": len(line), "m": len(file.columns)}
        )
        return None
    values: dict[str, Any] = {}
    for (name, read), cell in zip(file.columns.items(), line, strict=True):
        try:
            values[name] = read(cell.strip())
        except ValueError as error:
            faults.append(f"{where}{name}: {error}")
    return values if len(values) == len(file.columns) else None


def _references(tables: dict[str, list[tuple[int, dict[str, Any]]]], faults: list[str]) -> None:
    for file in FILES:
        for column, other in file.refers.items():
            known = {values["code"] for _line, values in tables[other]}
            for line, values in tables[file.name]:
                if values[column] is not None and values[column] not in known:
                    faults.append(
                        f"{file.name}.csv: line {line}: {column}: "
                        + _("“%(code)s” does not stand in %(file)s.csv")
                        % {"code": values[column], "file": other}
                    )


def _offices(tables: dict[str, list[tuple[int, dict[str, Any]]]], faults: list[str]) -> None:
    """A right is held at headquarters, at every regional office, or at one that there is."""
    known = {"", Right.EVERYWHERE} | {values["code"] for _line, values in tables["regions"]}
    for line, values in tables["rights"]:
        if values["office"] not in known:
            faults.append(
                f"rights.csv: line {line}: office: "
                + _("“%(code)s” does not stand in %(file)s.csv")
                % {"code": values["office"], "file": "regions"}
            )


def _every_stage(tables: dict[str, list[tuple[int, dict[str, Any]]]], faults: list[str]) -> None:
    """No file lies where nobody has said for how long."""
    of_any_kind = {
        (values["state"], values["urgent"]) for _line, values in tables["targets"] if not values["kind"]
    }
    for state in STAGES:
        for urgent, letter in ((False, "N"), (True, "Y")):
            if tables["targets"] and (state, urgent) not in of_any_kind:
                faults.append(
                    "targets.csv: state: "
                    + _("“%(state)s” with urgent %(letter)s has no row for any kind")
                    % {"state": state, "letter": letter}
                )


def _fees_of_the_past(name: str, table: list[tuple[int, dict[str, Any]]], faults: list[str]) -> None:
    """Fees that have held already stay as they were: a new fee is a new row with a new date."""
    file = next(file for file in FILES if file.name == name)
    held = file.model._default_manager.filter(holds_from__lte=date.today())
    known = {tuple(key): amount for *key, amount in held.values_list(*file.key, "amount")}
    for line, values in table:
        amount = known.get(tuple(values[column] for column in file.key))
        if amount is not None and amount != values["amount"]:
            faults.append(
                f"{name}.csv: line {line}: amount: "
                + _("was %(amount)s and has held; add a row with a new date instead") % {"amount": amount}
            )


def _write(file: File, table: list[dict[str, Any]]) -> None:
    key = [f"{name}_id" if name in file.refers else name for name in file.key]
    made = []
    for order, values in enumerate(table):
        values = {f"{name}_id" if name in file.refers else name: value for name, value in values.items()}
        if file.model is Section:
            values["order"] = order
        if file.model in _RETIRING:
            values["retired"] = False
        made.append(values)
    changing = [name for name in (made[0] if made else {}) if name not in key]
    if file.model is Right:
        # A right of these sections that the file names no more is none any more.
        Right.objects.filter(section__in={values["section_id"] for values in made}).delete()
    if file.model is rows.Target:
        rows.Target.objects.all().delete()
    on_conflict: dict[str, Any] = (
        {
            "update_conflicts": True,
            "unique_fields": [name.removesuffix("_id") for name in key],
            "update_fields": [name.removesuffix("_id") for name in changing],
        }
        if changing
        else {}
    )
    file.model._default_manager.bulk_create([file.model(**values) for values in made], **on_conflict)
    if file.model in _RETIRING:
        kept = {tuple(values[name] for name in file.key) for values in table}
        known = file.model._default_manager.values_list("pk", *key)
        gone = [pk for pk, *its_key in known if tuple(its_key) not in kept]
        file.model._default_manager.filter(pk__in=gone).update(retired=True)
