"""The files of an institution's folder: their columns, how each cell is read, what makes a row unique."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Model
from django.utils.translation import gettext as _

from degreetrack.accounts.models import Right, Role, Section
from degreetrack.catalogue import models as rows
from degreetrack.catalogue.targets import STAGES

Reader = Callable[[str], Any]


def _text(cell: str) -> str:
    if not cell:
        raise ValueError(_("must not be empty"))
    return cell


def _any(cell: str) -> str:
    return cell


def _number(cell: str) -> int:
    if not cell.isdecimal():
        raise ValueError(_("must be a whole number, not “%(cell)s”") % {"cell": cell})
    return int(cell)


def _days(cell: str) -> int:
    if not 1 <= (days := _number(cell)) <= 365:
        raise ValueError(_("must be a whole number from 1 to 365, not “%(cell)s”") % {"cell": cell})
    return days


def _yes_no(cell: str) -> bool:
    if cell not in ("Y", "N"):
        raise ValueError(_("must be Y or N, not “%(cell)s”") % {"cell": cell})
    return cell == "Y"


def _day(cell: str) -> date:
    try:
        return date.fromisoformat(cell)
    except ValueError as error:
        raise ValueError(_("must be a date such as 2026-03-23, not “%(cell)s”") % {"cell": cell}) from error


def _code(cell: str) -> str:
    if not re.fullmatch(r"[a-z0-9-]+", cell):
        raise ValueError(_("must be small letters, digits and dashes, not “%(cell)s”") % {"cell": cell})
    return cell


def _code_or_none(cell: str) -> str | None:
    return _code(cell) if cell else None


def _one_of(*choices: str) -> Reader:
    def read(cell: str) -> str:
        if cell not in choices:
            raise ValueError(
                _("must be one of %(choices)s, not “%(cell)s”")
                % {"choices": ", ".join(choice or "(empty)" for choice in choices), "cell": cell}
            )
        return cell

    return read


def _office(cell: str) -> str:
    return cell if cell in ("", Right.EVERYWHERE) else _code(cell)


# What no section holds: they act without a seat at the desk, or come with the person.
NOT_HELD = (Role.APPLICANT, Role.CLOCK, Role.LEDGER, Role.SUPERVISOR)


@dataclass(frozen=True)
class File:
    """One CSV file: its model, its columns and how each is read, and what makes a row unique."""

    name: str
    model: type[Model]
    columns: dict[str, Reader]
    key: tuple[str, ...]
    refers: dict[str, str]


# What the pre-flight tells apart; an objection may name the one that it answers.
FINDINGS = ("result_code", "fee_short", "no_urdu_name", "no_cnic")
_NAMES: dict[str, Reader] = {"name_en": _text, "name_ur": _text}
_KINDS, _ISSUES = rows.Kind.values, rows.Issue.values
FILES = (
    File(
        "levels",
        rows.Level,
        {"code": _code, "title_en": _text, "title_ur": _text, "rank": _number},
        ("code",),
        {},
    ),
    File(
        "programmes",
        rows.Programme,
        {"code": _text, "title_en": _text, "title_ur": _text, "level": _code, "total_marks": _number},
        ("code",),
        {"level": "levels"},
    ),
    File("regions", rows.Region, {"code": _code, **_NAMES}, ("code",), {}),
    File(
        "result_codes",
        rows.ResultCode,
        {
            "code": _text,
            "meaning_en": _text,
            "meaning_ur": _text,
            "cure_en": _text,
            "cure_ur": _text,
            "fee": _number,
            "blocks": _yes_no,
        },
        ("code",),
        {},
    ),
    File(
        "tariff",
        rows.TariffRow,
        {
            "level": _code,
            "kind": _one_of(*_KINDS),
            "issue": _one_of(*_ISSUES),
            "urgent": _yes_no,
            "amount": _number,
            "holds_from": _day,
        },
        ("level", "kind", "issue", "urgent", "holds_from"),
        {"level": "levels"},
    ),
    File(
        "charges",
        rows.Charge,
        {"code": _code, **_NAMES, "amount": _number, "holds_from": _day},
        ("code", "holds_from"),
        {},
    ),
    File(
        "required_documents",
        rows.RequiredDocument,
        {
            "code": _code,
            **_NAMES,
            "from_rank": _number,
            "to_rank": _number,
            "kind": _one_of("", *_KINDS),
            "issue": _one_of("", *_ISSUES),
            "online": _yes_no,
            "order": _number,
        },
        ("code",),
        {},
    ),
    File(
        "objection_reasons",
        rows.ObjectionReason,
        {
            "code": _code,
            "group": _one_of(*rows.ObjectionGroup.values),
            "text_en": _text,
            "text_ur": _text,
            "cure_en": _text,
            "cure_ur": _text,
            "rule": _text,
            "old_text": _any,
            "finding": _one_of("", *FINDINGS),
        },
        ("code",),
        {},
    ),
    File(
        "checklists",
        rows.ChecklistItem,
        {"document": _code, "order": _number, "text_en": _text, "text_ur": _text, "reason": _code_or_none},
        ("document", "order"),
        {"document": "required_documents", "reason": "objection_reasons"},
    ),
    File(
        "intake_routes",
        rows.IntakeRoute,
        {"from_year": _number, "route": _one_of(*rows.Route.values), "text_en": _text, "text_ur": _text},
        ("from_year",),
        {},
    ),
    File(
        "targets",
        rows.Target,
        {
            "state": _one_of(*STAGES),
            "kind": _one_of("", *_KINDS),
            "urgent": _yes_no,
            "days": _days,
            "escalate_days": _days,
        },
        ("state", "kind", "urgent"),
        {},
    ),
    File("sections", Section, {"code": _code, **_NAMES}, ("code",), {}),
    File(
        "rights",
        Right,
        {
            "section": _code,
            "office": _office,
            "role": _one_of(*(role for role in Role.values if role not in NOT_HELD)),
        },
        ("section", "office", "role"),
        {"section": "sections"},
    ),
    File("holidays", rows.Holiday, {"day": _day, **_NAMES}, ("day",), {}),
    File(
        "signatories",
        rows.Signatory,
        {"code": _code, **_NAMES, "office_en": _text, "office_ur": _text},
        ("code",),
        {},
    ),
)
