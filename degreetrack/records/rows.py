"""One row of the examination system's export: what is wrong with it, what is mended, what it says."""

import re
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from degreetrack.catalogue.models import Programme, Region
from degreetrack.catalogue.services import institution
from degreetrack.kit.cnics import to_cnic
from degreetrack.kit.phones import to_e164
from degreetrack.kit.spreadsheets import bare, is_formula
from degreetrack.kit.urdu import fold, search_key

COLUMNS = (
    "registration_no",
    "roll_no",
    "name",
    "name_ur",
    "father_name",
    "father_name_ur",
    "gender",
    "date_of_birth",
    "cnic",
    "mobile",
    "email",
    "region",
    "programme_code",
    "semester_passed",
    "result_date",
    "total_marks",
    "obtained_marks",
    "result_codes",
)


class Verdict(StrEnum):
    """What is done with a row."""

    ACCEPT = "accept"
    REPAIR = "repair"
    ACCEPT_WITHOUT = "accept_without"
    DUPLICATE = "duplicate"
    REJECT = "reject"


class Fault(Exception):
    """A row that cannot be taken in: the field and a reason a clerk understands."""

    def __init__(self, column: str, reason: str) -> None:
        super().__init__(reason)
        self.column, self.reason = column, reason


@dataclass(slots=True)
class Row:
    """A row that can be taken in: what goes to the student, what to the result, and what was done."""

    student: dict[str, Any]
    result: dict[str, Any]
    verdict: Verdict = Verdict.ACCEPT
    column: str = ""
    reason: str = ""


class Checker:
    """Check rows against the catalogue of the day."""

    def __init__(self) -> None:
        uni = institution()
        self._roll = re.compile(uni.roll_pattern)
        self._registration = re.compile(uni.registration_pattern)
        self._programmes = set(Programme.objects.values_list("code", flat=True))
        self._regions = {search_key(region.name_en): region.code for region in Region.objects.all()}
        self._today = date.today()

    def check(self, cells: dict[str, str]) -> Row:
        """Read one row; raise Fault where it must be handed back."""
        cells = {name: bare(cell) for name, cell in cells.items()}
        repaired: list[str] = []
        lost: list[tuple[str, str]] = []
        read = _Reading(cells, repaired, lost)
        name, name_ur = read.name("name", needed=True), read.name("name_ur")
        student = {
            "registration_no": self._number(read, "registration_no", self._registration),
            "name_en": name,
            "name_ur": name_ur,
            "father_name_en": read.name("father_name", needed=True),
            "father_name_ur": read.name("father_name_ur"),
            "gender": read.gender(),
            "date_of_birth": read.birth(self._today),
            "cnic": read.cnic(),
            "mobile": read.mobile(),
            "email": read.email(),
            "region_id": self._region(cells["region"]),
            "name_key": search_key(name),
            "name_ur_key": search_key(name_ur),
        }
        total, obtained = read.marks("total_marks"), read.marks("obtained_marks")
        result = {
            "roll_no": self._number(read, "roll_no", self._roll),
            "programme_id": self._programme(cells["programme_code"]),
            "semester_passed": read.text("semester_passed", 20),
            "result_date": read.past("result_date", self._today),
            "total_marks": total,
            "obtained_marks": obtained,
            "result_codes": read.codes(),
        }
        if obtained > total:
            raise Fault("obtained_marks", _("The marks obtained are more than the total."))
        row = Row(student, result)
        if lost:
            row.verdict, (row.column, row.reason) = Verdict.ACCEPT_WITHOUT, lost[0]
        elif repaired:
            row.verdict, row.reason = Verdict.REPAIR, ", ".join(repaired)
        return row

    def _number(self, read: "_Reading", column: str, pattern: re.Pattern[str]) -> str:
        given = read.cells[column]
        if not given.strip():
            raise Fault(column, _("The number is missing."))
        number = re.sub(r"\s", "", given).upper()
        if not pattern.fullmatch(number):
            raise Fault(column, _("This is not how such a number is written."))
        if number != given:
            read.repaired.append(column)
        return number

    def _programme(self, code: str) -> str:
        code = code.strip().upper()
        if code not in self._programmes:
            raise Fault("programme_code", _("This programme is not in the catalogue."))
        return code

    def _region(self, name: str) -> str:
        code = self._regions.get(search_key(name))
        if code is None:
            raise Fault("region", _("This region is not in the catalogue."))
        return code


class _Reading:
    """The cells of one row, with what was repaired and what had to be left out."""

    def __init__(self, cells: dict[str, str], repaired: list[str], lost: list[tuple[str, str]]) -> None:
        self.cells, self.repaired, self.lost = cells, repaired, lost

    def text(self, column: str, most: int) -> str:
        given = self.cells[column]
        if is_formula(given):
            raise Fault(column, _("The cell begins like a formula of a spreadsheet. Write plain text."))
        text = " ".join(given.split())
        if len(text) > most:
            raise Fault(column, _("The text is longer than %(most)s letters.") % {"most": most})
        if text != given:
            self.repaired.append(column)
        return text

    def name(self, column: str, *, needed: bool = False) -> str:
        name = self.text(column, 100)
        if needed and not name:
            raise Fault(column, _("The name is missing."))
        folded = fold(name)
        if folded != name:
            self.repaired.append(column)
        return folded

    def gender(self) -> str:
        letter = self.cells["gender"].strip().upper()
        if letter not in ("M", "F"):
            raise Fault("gender", _("Write M or F."))
        return letter

    def day(self, column: str) -> date:
        given = self.cells[column].strip()
        try:
            return date.fromisoformat(given)
        except ValueError:
            pass
        try:
            day = datetime.strptime(given, "%d/%m/%Y").date()
        except ValueError as error:
            raise Fault(column, _("This is no date. Write it as 2024-02-21.")) from error
        self.repaired.append(column)
        return day

    def past(self, column: str, today: date) -> date:
        day = self.day(column)
        if day > today:
            raise Fault(column, _("The date lies in the future."))
        if day.year < 1900:
            raise Fault(column, _("The date lies before 1900."))
        return day

    def birth(self, today: date) -> date | None:
        if not self.cells["date_of_birth"].strip():
            return None
        try:
            return self.past("date_of_birth", today)
        except Fault as fault:
            self.lost.append((fault.column, fault.reason))
            return None

    def cnic(self) -> str:
        given = self.cells["cnic"].strip()
        if not re.search(r"[^\s-]", given):
            return ""
        cnic = to_cnic(given)
        if cnic is None:
            raise Fault("cnic", _("A CNIC has 13 digits, written 5-7-1."))
        if cnic != self.cells["cnic"]:
            self.repaired.append("cnic")
        return cnic

    def mobile(self) -> str:
        given = self.cells["mobile"]
        if not given.strip():
            return ""
        number = to_e164(given)
        if number is None:
            self.lost.append(("mobile", _("This is not a mobile number; it is left empty.")))
            return ""
        if number != given:
            self.repaired.append("mobile")
        return number

    def email(self) -> str:
        given = self.cells["email"].strip()
        if not given:
            return ""
        try:
            validate_email(given)
        except ValidationError:
            self.lost.append(("email", _("This is not an e-mail address; it is left empty.")))
            return ""
        if given != self.cells["email"]:
            self.repaired.append("email")
        return given

    def marks(self, column: str) -> int:
        given = self.cells[column].strip()
        if not re.fullmatch(r"[0-9]{1,6}", given):
            raise Fault(column, _("Marks are a whole number."))
        return int(given)

    def codes(self) -> str:
        codes = [code.strip().upper() for code in self.text("result_codes", 100).split(";")]
        return ";".join(code for code in codes if code)
