"""Files that the post sends back: each row a transaction of its own, bad rows handed back with reasons."""

import csv
import re
from collections.abc import Callable, Iterator
from datetime import date, datetime
from io import StringIO
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from degreetrack.accounts.models import Role, User
from degreetrack.applications import services
from degreetrack.issuing import manifests
from degreetrack.issuing.models import FileKind, Manifest, ManifestLine, Outcome, TakenFile
from degreetrack.issuing.queries import with_outcome
from degreetrack.issuing.rights import must_be, seen_by
from degreetrack.journal.services import record
from degreetrack.kit import tracking_ids
from degreetrack.kit.refusals import Refused
from degreetrack.kit.spreadsheets import SafeWriter, bare, is_formula

# A row takes some hundredths of a second: more would outlast the browser's patience.
MOST_ROWS = 1_000
MOST_BYTES = 1_000_000
CONSIGNMENTS = ("position", "tracking_id", "consignment_no")
DELIVERIES = ("consignment_no", "outcome", "date", "reason")
OUTCOMES = {"DELIVERED": Outcome.DELIVERED, "RETURNED": Outcome.RETURNED}
Cells = dict[str, str]


def take_consignments(manifest: Manifest, data: bytes, *, name: str, by: User) -> TakenFile:
    """Dispatch every line of the manifest whose number the file tells; safe to repeat."""
    must_be(Role.DISPATCH, by)
    # The university's own list comes back: rows that the post left empty are not faults.
    rows = (row for row in _rows(data, CONSIGNMENTS[2:], CONSIGNMENTS) if row[1]["consignment_no"])

    def take(cells: Cells) -> bool:
        line = _line_of(manifest, cells)
        return manifests.dispatch(manifest, line, consignment_no=cells["consignment_no"], by=by)

    file = TakenFile(kind=FileKind.CONSIGNMENTS, manifest=manifest, courier=manifest.courier, name=name)
    return _taken(file, rows, CONSIGNMENTS, take, by=by)


def find_line(manifest: Manifest, typed: str) -> ManifestLine:
    """The line of a tracking ID or a position, as it is typed or scanned; else Refused."""
    typed = typed.strip()
    if typed.isdecimal() and len(typed) <= 4:
        return _line_of(manifest, {"position": typed})
    return _line_of(manifest, {"tracking_id": typed})


def _line_of(manifest: Manifest, cells: Cells) -> ManifestLine:
    lines, position = manifest.lines.all(), cells.get("position", "")
    if cells.get("tracking_id"):
        tracking_id = tracking_ids.normalise(cells["tracking_id"])
        lines = lines.filter(application__tracking_id=tracking_id)
    elif not position:
        raise Refused(_("The row names neither a tracking ID nor a position."))
    if position:
        if not re.fullmatch(r"[0-9]{1,4}", position):
            raise Refused(_("The position is no number."))
        lines = lines.filter(position=int(position))
    line = lines.first()
    if line is None:
        raise Refused(_("This manifest has no such line."))
    return line


def take_deliveries(courier: str, data: bytes, *, name: str, by: User) -> TakenFile:
    """Deliver or take back every document whose consignment the file tells of; safe to repeat."""
    must_be(Role.DISPATCH, by)
    rows = _rows(data, DELIVERIES[:2], DELIVERIES)
    file = TakenFile(kind=FileKind.DELIVERIES, courier=courier[:40], name=name)
    return _taken(file, rows, DELIVERIES, lambda cells: _end(courier, cells, by), by=by)


def _end(courier: str, cells: Cells, by: User) -> bool:
    wanted = OUTCOMES.get(cells["outcome"].upper())
    if wanted is None:
        raise Refused(_("The outcome is none of: %(outcomes)s.") % {"outcomes": "delivered, returned"})
    with transaction.atomic():
        line = _sent(courier, cells["consignment_no"], by)
        if line.outcome == wanted:
            return False
        if line.outcome != Outcome.UNDER_WAY:
            said = {"outcome": Outcome(line.outcome).label, "id": line.application.tracking_id}
            raise Refused(_("It is told already: %(outcome)s. Look at the case %(id)s.") % said)
        line.ended_on = _day(cells["date"], line)
        if wanted == Outcome.DELIVERED:
            services.move(line.application.tracking_id, "deliver", by=by)
        else:
            services.move(line.application.tracking_id, "come_back", by=by, reason=cells["reason"])
        line.save(update_fields=["ended_on"])
    return True


def _sent(courier: str, typed: str, by: User) -> Any:
    """The line of a consignment number, with its outcome, held until the transaction ends."""
    number = "".join(typed.split()).upper()
    seen = seen_by(Manifest.objects.all(), by)
    lines = ManifestLine.objects.filter(courier=courier, consignment_no=number, manifest__in=seen)
    held = lines.exclude(consignment_no="").select_for_update(of=("self",))
    line = with_outcome(held).select_related("application").first()
    if line is None:
        raise Refused(_("No manifest of this courier has this consignment number."))
    return line


def _day(typed: str, line: ManifestLine) -> date:
    today = timezone.localdate()
    day = today if not typed else next(filter(None, (_read(typed, form) for form in _DAYS)), None)
    if day is None:
        raise Refused(_("A date must look like 2026-12-31 or 31-Dec-2026."))
    if day > today:
        raise Refused(_("The date lies in the future."))
    if line.sent_at and day < timezone.localdate(line.sent_at):
        raise Refused(_("The date lies before the day on which it was sent."))
    return day


_DAYS = ("%Y-%m-%d", "%d-%b-%Y", "%d/%m/%Y")


def _read(typed: str, form: str) -> date | None:
    try:
        return datetime.strptime(typed, form).date()
    except ValueError:
        return None


def _rows(data: bytes, needed: tuple[str, ...], known: tuple[str, ...]) -> Iterator[tuple[int, Cells]]:
    """Number and cells of each row that is not empty; Refused before the first where it is no such file."""
    if len(data) > MOST_BYTES:
        raise Refused(_("The file is larger than 1 MB: divide it."))
    try:
        if b"\0" in data:
            raise csv.Error
        reader = csv.reader(StringIO(data.decode("utf-8-sig"), newline=""), strict=True)
        lines = [(reader.line_num, line) for line in reader if any(cell.strip() for cell in line)]
    except (UnicodeDecodeError, csv.Error) as error:
        raise Refused(_("The file cannot be read. Save it as “CSV UTF-8” and try again.")) from error
    head = [name.strip().lower() for name in lines[0][1]] if lines else []
    missing = [name for name in needed if name not in head]
    if missing:
        raise Refused(_("The file lacks these columns: %(names)s.") % {"names": ", ".join(missing)})
    if len(lines) > MOST_ROWS + 1:
        raise Refused(_("The file has more than %(most)s rows: divide it.") % {"most": f"{MOST_ROWS:,}"})
    blank = dict.fromkeys(known, "")
    return iter(
        (number, blank | {name: bare(cell.strip())[:300] for name, cell in zip(head, line, strict=False)})
        for number, line in lines[1:]
    )


def _taken(
    file: TakenFile,
    rows: Iterator[tuple[int, Cells]],
    columns: tuple[str, ...],
    take: Callable[[Cells], bool],
    *,
    by: User,
) -> TakenFile:
    """Take in row after row, count them, and keep the rejected ones to be handed back."""
    back = StringIO()
    writer = SafeWriter(back)
    writer.row([*columns, "problem"])
    for number, cells in rows:
        try:
            if any(is_formula(cells[name]) for name in columns):
                raise Refused(_("The cell begins like a formula of a spreadsheet. Write plain text."))
            if take(cells):
                file.new += 1
            else:
                file.known += 1
        except Refused as refusal:
            file.rejected += 1
            writer.row([*(cells[name] for name in columns), f"{number}: {refusal}"])
    file.office, file.taken_by, file.taken_at = by.office, by, timezone.now()
    file.name, file.rejects = file.name[-100:], back.getvalue() if file.rejected else ""
    file.save()
    after = {"kind": file.kind, "new": file.new, "known": file.known, "rejected": file.rejected}
    record(f"post-file/{file.pk}", "post_file", by=by, after=after, at=file.taken_at)
    return file
