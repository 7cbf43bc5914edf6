"""Import of the old tracking register: applications under way, with their old tracking IDs."""

import csv
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from pathlib import Path

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from degreetrack.accounts.models import Actor
from degreetrack.applications.lifecycle import State
from degreetrack.applications.models import Application, Objection, Route
from degreetrack.applications.services import adopt
from degreetrack.catalogue.models import Issue, Kind, ObjectionReason
from degreetrack.kit import tracking_ids
from degreetrack.kit.refusals import Refused
from degreetrack.kit.spreadsheets import SafeWriter
from degreetrack.records.models import Result

COLUMNS = [
    "tracking_id",
    "roll_no",
    "kind",
    "urgent",
    "received_on",
    "status",
    "objection",
    "dispatched_on",
    "consignment_no",
    "challan_no",
]
KINDS = {
    "PC": (Kind.PC, Issue.ORIGINAL),
    "DMC": (Kind.DMC, Issue.ORIGINAL),
    "DEGREE": (Kind.DEGREE, Issue.ORIGINAL),
    "DUPLICATE DEGREE": (Kind.DEGREE, Issue.DUPLICATE),
}
STATES = {
    "RECEIVED": State.RECEIVED,
    # Checked by whom is not told, and four eyes need to know: it is checked again.
    "IN PROCESS": State.RECEIVED,
    "OBJECTION": State.OBJECTED,
    "RETURNED": State.RETURNED,
    "APPROVED": State.APPROVED,
    "PRINTED": State.PRINTED,
    "DISPATCHED": State.DISPATCHED,
    "DELIVERED": State.DELIVERED,
    "REJECTED": State.REJECTED,
}
REGISTER = Actor("old register")


@dataclass
class RegisterCounts:
    """What became of the rows."""

    counts: Counter[str] = field(default_factory=Counter)
    faults: list[tuple[int, str, str]] = field(default_factory=list)


def import_register(path: Path, *, rejects: Path | None = None) -> RegisterCounts:
    """Take in the old register; safe to repeat, bad rows are handed back with the reason."""
    done = RegisterCounts()
    bad: list[tuple[dict[str, str], str]] = []
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            missing = [column for column in COLUMNS if column not in (reader.fieldnames or [])]
            if missing:
                raise Refused(_("The file lacks these columns: %(names)s.") % {"names": ", ".join(missing)})
            for line, row in enumerate(reader, start=2):
                try:
                    with transaction.atomic():
                        done.counts["new" if _take(row) else "known"] += 1
                except Refused as refusal:
                    done.counts["rejected"] += 1
                    done.faults.append((line, row["tracking_id"] or "", str(refusal)))
                    bad.append((row, str(refusal)))
    except UnicodeDecodeError as error:
        raise Refused(_("The file is not UTF-8: save it as “CSV UTF-8” and try again.")) from error
    if rejects:
        with rejects.open("w", encoding="utf-8-sig", newline="") as file:
            writer = SafeWriter(file)
            writer.row([*COLUMNS, "reason"])
            for row, reason in bad:
                writer.row([*(row[column] or "" for column in COLUMNS), reason])
    return done


def _take(row: dict[str, str]) -> bool:
    """Take in one row; False where it is known already."""
    row = {column: " ".join((row.get(column) or "").split()) for column in COLUMNS}
    tracking_id = tracking_ids.normalise(row["tracking_id"])
    if not tracking_id:
        raise Refused(_("The tracking ID must have ten letters and digits."))
    if Application.objects.filter(tracking_id=tracking_id).exists():
        return False
    result = Result.objects.filter(roll_no=row["roll_no"].replace(" ", "").upper()).first()
    if result is None:
        raise Refused(_("No result is known for this roll number: import the results first."))
    if row["kind"].upper() not in KINDS:
        raise Refused(_("The kind is none of: %(kinds)s.") % {"kinds": ", ".join(KINDS)})
    if row["status"].upper() not in STATES:
        raise Refused(_("The status is none of: %(states)s.") % {"states": ", ".join(STATES)})
    _adopted(row, tracking_id, result)
    return True


def _adopted(row: dict[str, str], tracking_id: str, result: Result) -> None:
    kind, issue = KINDS[row["kind"].upper()]
    state = STATES[row["status"].upper()]
    received = _moment(row["received_on"])
    since = _moment(row["dispatched_on"]) if row["dispatched_on"] else received
    if since < received:
        raise Refused(_("It was dispatched before it was received."))
    student = result.student
    application = Application(
        tracking_id=tracking_id,
        result=result,
        kind=kind,
        issue=issue,
        urgent=row["urgent"].upper() == "Y",
        state_since=since,
        received_at=received,
        route=Route.REGISTER,
        mobile=student.mobile,
        email=student.email,
        challan_no=row["challan_no"],
        consignment_no=row["consignment_no"],
        closing_reason=row["objection"] if state is State.REJECTED else "",
    )
    objection = _objection(row["objection"], since) if state in (State.OBJECTED, State.RETURNED) else None
    adopt(application, state, objection=objection, by=REGISTER)


def _moment(day: str) -> datetime:
    try:
        on = datetime.strptime(day, "%d-%b-%Y").date()
    except ValueError as error:
        raise Refused(_("A date must look like 02-Dec-2019, not “%(day)s”.") % {"day": day}) from error
    if on > timezone.localdate() + timedelta(days=1):
        raise Refused(_("The date %(day)s lies in the future.") % {"day": day})
    return timezone.make_aware(datetime.combine(on, time(10)))


def _objection(words: str, at: datetime) -> Objection:
    known = ObjectionReason.objects.filter(old_text__iexact=words).exclude(old_text="").first()
    common = {"raised_at": at, "raised_by_name": REGISTER.display_name}
    if known:
        texts = {word: getattr(known, word) for word in ("group", "text_en", "text_ur", "cure_en", "cure_ur")}
        return Objection(reason=known, **texts, **common)
    words = words or _("The old register names no reason: ask the help desk.")
    return Objection(group="form", text_en=words, text_ur=words, **common)
