"""A batch of rows against what is known: new ones copied in, known ones compared, changes journalled."""

from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from degreetrack.accounts.models import Actor, User
from degreetrack.journal.services import record
from degreetrack.kit.rows import copy_in, read_with_told
from degreetrack.records.models import Result, Student
from degreetrack.records.names import learn_later
from degreetrack.records.rows import Fault, Row, Verdict

# What the journal tells of a change without repeating it.
_SENSITIVE = {"cnic", "mobile", "email", "date_of_birth", "obtained_marks"}
_DERIVED = {"name_key", "name_ur_key"}
# The columns by which a row of the file and what is known are the same, with their types.
_STUDENT = {
    "registration_no": "text", "name_en": "text", "name_ur": "text", "father_name_en": "text",
    "father_name_ur": "text", "gender": "text", "date_of_birth": "date", "cnic": "text", "mobile": "text",
    "email": "text", "region_id": "text", "name_key": "text", "name_ur_key": "text",
}  # fmt: skip
_RESULT = {
    "roll_no": "text", "programme_id": "text", "semester_passed": "text", "result_date": "date",
    "total_marks": "integer", "obtained_marks": "integer", "result_codes": "text",
}  # fmt: skip
# One look into an index for each row, whatever the planner believes of the tables.
_KNOWN = """SELECT number, roll, (SELECT id FROM records_student WHERE registration_no = told.number),
    (SELECT id FROM records_result WHERE roll_no = told.roll) FROM told"""
_SAME = f"""SELECT told.place FROM told WHERE (
    SELECT r.id FROM records_result r JOIN records_student s ON s.id = r.student_id
    WHERE r.roll_no = told.roll_no AND s.registration_no = told.registration_no
    AND {" AND ".join(f"r.{name} = told.{name}" for name in _RESULT)}
    AND {" AND ".join(f"s.{name} = told.{name}" for name in _STUDENT if name != "date_of_birth")}
    AND s.date_of_birth IS NOT DISTINCT FROM told.date_of_birth
) IS NOT NULL"""  # noqa: S608 - our names  # nosec B608
Outcome = tuple[Verdict, str, str]


class Batch:
    """Some rows of one file, taken in within the caller's transaction by a handful of statements."""

    def __init__(self, by: User | Actor) -> None:
        self._by = by
        self._new_students: list[Student] = []
        self._new_results: list[Result] = []
        self._changed: dict[tuple[str, int], Any] = {}

    def take(self, read: Sequence[Row | Fault]) -> list[Outcome]:
        """Take in the rows in their order; say what was done with each."""
        rows = [row for row in read if isinstance(row, Row)]
        simple = self._simple(rows)
        rest = [row for row in rows if id(row) not in simple]
        learn_later(row.student[key] for row in rest for key in _DERIVED)
        if rest:
            self._know(rest)
        outcomes: list[Outcome] = []
        for row in read:
            if isinstance(row, Fault):
                outcomes.append((Verdict.REJECT, row.column, row.reason))
            else:
                outcomes.append(simple.get(id(row)) or self._take(row))
        self._write()
        return outcomes

    def _simple(self, rows: Sequence[Row]) -> dict[int, Outcome]:
        """What became of the rows, by their identity, that share no number with another of the batch.

        Those of whom nothing is known are copied in; those of which all is known already stay. Only what
        is left is worth a closer look, in its order.
        """
        numbers = Counter(row.student["registration_no"] for row in rows)
        rolls = Counter(row.result["roll_no"] for row in rows)
        alone = {
            row.result["roll_no"]: row
            for row in rows
            if numbers[row.student["registration_no"]] == rolls[row.result["roll_no"]] == 1
        }
        told = [{"number": row.student["registration_no"], "roll": roll} for roll, row in alone.items()]
        known = read_with_told(_KNOWN, told, number="text", roll="text") if told else []
        fresh = [
            alone[roll] for _number, roll, student, result in known if student is None and result is None
        ]
        both = [alone[roll] for _number, roll, student, result in known if student and result]
        same = self._same(both)
        self._copy(fresh)
        return {
            **{id(row): (row.verdict, row.column, row.reason) for row in fresh},
            **dict.fromkeys(map(id, same), (Verdict.DUPLICATE, "row", _("The same row is in already."))),
        }

    def _same(self, rows: Sequence[Row]) -> list[Row]:
        """Those of which nothing is new."""
        told = [{"place": place, **row.student, **row.result} for place, row in enumerate(rows)]
        if not told:
            return []
        return [
            rows[place] for (place,) in read_with_told(_SAME, told, place="integer", **_STUDENT, **_RESULT)
        ]

    def _copy(self, rows: Sequence[Row]) -> None:
        """Write students and results of whom nothing is known."""
        if not rows:
            return
        learn_later(row.student[key] for row in rows for key in _DERIVED)
        copy_in("records_student", list(_STUDENT), ([row.student[name] for name in _STUDENT] for row in rows))
        told = [{"number": row.student["registration_no"], "roll": ""} for row in rows]
        keys = {
            number: pk
            for number, _roll, pk, _result in read_with_told(_KNOWN, told, number="text", roll="text")
        }
        copy_in(
            "records_result",
            ["student_id", *_RESULT],
            ([keys[row.student["registration_no"]], *(row.result[name] for name in _RESULT)] for row in rows),
        )

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
        student = self._students.get(number)
        newest = self._newest.get(number)
        self._newest[number] = max(newest or award, award)
        if student is None:
            self._students[number] = Student(**row.student)
            self._new_students.append(self._students[number])
            return True
        return (newest is None or award >= newest) and self._change(student, row.student)

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
