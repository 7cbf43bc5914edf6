"""Import of results from the examination system, in batches that each commit whole."""

import csv
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import date
from itertools import batched
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from degreetrack.accounts.models import Actor, User
from degreetrack.journal.services import record
from degreetrack.kit.refusals import Refused
from degreetrack.kit.spreadsheets import SafeWriter, must_be_utf8
from degreetrack.kit.urdu import search_key
from degreetrack.records.models import Result, Student
from degreetrack.records.rows import COLUMNS, Checker, Fault, Row, Verdict

BATCH = 2000
EXAMINATION_SYSTEM = Actor("examination system")
# What the journal tells of a change without repeating it.
_SENSITIVE = {"cnic", "mobile", "email", "date_of_birth", "obtained_marks"}
_DERIVED = {"name_key", "name_ur_key"}
Cells = dict[str, str]


def import_results(
    path: Path,
    *,
    by: User | Actor = EXAMINATION_SYSTEM,
    report: Path | None = None,
    rejects: Path | None = None,
    progress: Callable[[int], object] = lambda rows: None,
) -> Counter[str]:
    """Take in an export and count the verdicts; safe to repeat, and to kill and run again.

    `report` gets line, verdict, field and reason of every row that was not plainly accepted;
    `rejects` gets the rejected rows with a reason, to be corrected and imported again.
    """
    must_be_utf8(path)
    counts: Counter[str] = Counter()
    checker = Checker()
    with ExitStack() as files:
        told = _writer(files, report, ["line", "verdict", "field", "reason"])
        back = _writer(files, rejects, [*COLUMNS, "reason"])
        source = files.enter_context(path.open(encoding="utf-8-sig", newline=""))
        for batch in batched(_lines(source), BATCH):
            with transaction.atomic():
                outcomes = _Batch(checker, by).take(batch)
            for (line, cells), (verdict, column, reason) in zip(batch, outcomes, strict=True):
                counts[verdict] += 1
                if told and verdict is not Verdict.ACCEPT:
                    told.row([str(line), verdict, column, reason])
                if back and verdict is Verdict.REJECT:
                    back.row([*((cells or {}).get(name, "") for name in COLUMNS), f"{column}: {reason}"])
            progress(len(batch))
    return counts


def _writer(files: ExitStack, path: Path | None, head: list[str]) -> SafeWriter | None:
    if path is None:
        return None
    writer = SafeWriter(files.enter_context(path.open("w", encoding="utf-8-sig", newline="")))
    writer.row(head)
    return writer


def _lines(source: Any) -> Iterator[tuple[int, Cells | None]]:
    """Number and cells of each row; None for a row with too few or too many cells."""
    reader = csv.reader(source)
    head = [name.strip() for name in next(reader, [])]
    missing = [name for name in COLUMNS if name not in head]
    if missing:
        raise Refused(_("The file lacks these columns: %(names)s.") % {"names": ", ".join(missing)})
    try:
        for number, line in enumerate(reader, start=2):
            if any(cell.strip() for cell in line):
                yield number, dict(zip(head, line, strict=True)) if len(line) == len(head) else None
    except csv.Error as error:
        raise Refused(
            _("The file cannot be read on after line %(line)s.") % {"line": reader.line_num}
        ) from error


class _Batch:
    """Some rows against what is known, written with a handful of statements."""

    def __init__(self, checker: Checker, by: User | Actor) -> None:
        self._checker, self._by = checker, by
        self._new_students: list[Student] = []
        self._new_results: list[Result] = []
        self._changed: dict[tuple[str, int], Any] = {}

    def take(self, batch: tuple[tuple[int, Cells | None], ...]) -> list[tuple[Verdict, str, str]]:
        """Take in the rows in their order; say what was done with each."""
        checked = [self._checked(cells) for _line, cells in batch]
        rows = [row for row in checked if isinstance(row, Row)]
        self._know(rows)
        outcomes = []
        for row in checked:
            if isinstance(row, Fault):
                outcomes.append((Verdict.REJECT, row.column, row.reason))
            else:
                outcomes.append(self._take(row))
        self._write()
        return outcomes

    def _checked(self, cells: Cells | None) -> Row | Fault:
        if cells is None:
            return Fault("row", _("The row has too few or too many cells."))
        try:
            return self._checker.check({name: cells[name] for name in COLUMNS})
        except Fault as fault:
            return fault

    def _know(self, rows: list[Row]) -> None:
        rolls = [row.result["roll_no"] for row in rows]
        numbers = [row.student["registration_no"] for row in rows]
        found = Result.objects.filter(roll_no__in=rolls).select_related("student")
        self._results = {result.roll_no: result for result in found}
        self._students = {
            one.registration_no: one for one in Student.objects.filter(registration_no__in=numbers)
        }
        self._newest: dict[str, tuple[date, str]] = {}
        awards = Result.objects.filter(student__registration_no__in=numbers)
        for number, day, roll in awards.values_list("student__registration_no", "result_date", "roll_no"):
            self._newest[number] = max(self._newest.get(number, (day, roll)), (day, roll))

    def _take(self, row: Row) -> tuple[Verdict, str, str]:
        number, roll = row.student["registration_no"], row.result["roll_no"]
        known = self._results.get(roll)
        if known is not None:
            if known.student.registration_no != number:
                return (
                    Verdict.REJECT,
                    "roll_no",
                    _("This roll number belongs to another registration number."),
                )
            if known.result_date > row.result["result_date"]:
                return Verdict.DUPLICATE, "row", _("A newer row for this roll number is in already.")
        student_changed = self._take_student(row)
        if known is None:
            result = Result(student=self._students[number], **row.result)
            self._results[roll] = result
            self._new_results.append(result)
        elif not self._change(known, row.result) and not student_changed:
            return Verdict.DUPLICATE, "row", _("The same row is in already.")
        return row.verdict, row.column, row.reason

    def _take_student(self, row: Row) -> bool:
        """Add the student, or let the row of the newest award change them; False where nothing changed."""
        number = row.student["registration_no"]
        award = (row.result["result_date"], row.result["roll_no"])
        values = row.student | {
            "name_key": search_key(row.student["name_en"]),
            "name_ur_key": search_key(row.student["name_ur"]),
        }
        student = self._students.get(number)
        newest = self._newest.get(number)
        self._newest[number] = max(newest or award, award)
        if student is None:
            self._students[number] = Student(**values)
            self._new_students.append(self._students[number])
            return True
        return (newest is None or award >= newest) and self._change(student, values)

    def _change(self, row: Student | Result, values: dict[str, Any]) -> bool:
        changed = {name: value for name, value in values.items() if getattr(row, name) != value}
        if not changed:
            return False
        before = {name: getattr(row, name) for name in changed}
        for name, value in changed.items():
            setattr(row, name, value)
        if row.pk is not None:
            kept = self._changed.setdefault((type(row).__name__, row.pk), (row, {}))
            for name, value in before.items():
                kept[1].setdefault(name, value)
        return True

    def _write(self) -> None:
        Student.objects.bulk_create(self._new_students)
        for result in self._new_results:
            result.student_id = result.student.pk
        Result.objects.bulk_create(self._new_results)
        for row, before in self._changed.values():
            row.save(update_fields=list(before))
            self._journal(row, before)

    def _journal(self, row: Student | Result, before: dict[str, Any]) -> None:
        student = row if isinstance(row, Student) else row.student
        told = [name for name in before if name not in _DERIVED]
        record(
            f"student/{student.pk}",
            "update",
            by=self._by,
            before={name: _told(name, before[name]) for name in told},
            after={name: _told(name, getattr(row, name)) for name in told},
        )


def _told(name: str, value: Any) -> str:
    if name in _SENSITIVE:
        return _("(changed)")
    return str(value)
