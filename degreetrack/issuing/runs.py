"""Print runs: files and blanks side by side, printed, spoilt and printed again, closed."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from degreetrack.accounts.models import Role, User
from degreetrack.applications import services
from degreetrack.catalogue.models import Kind
from degreetrack.credentials.models import Blank, Fate
from degreetrack.credentials.services import issue, put_back, spoil_issued
from degreetrack.issuing import waiting
from degreetrack.issuing.models import Run, RunLine
from degreetrack.issuing.rights import mine, must_be
from degreetrack.journal.services import record
from degreetrack.kit.holding import hold
from degreetrack.kit.refusals import Refused

MOST_IN_A_RUN = 200


@dataclass
class Told:
    """What became of several lines: those that are done, and those refused, each with its reason."""

    done: list[RunLine] = field(default_factory=list)
    refused: list[tuple[RunLine, str]] = field(default_factory=list)


def start_run(kind: str, *, size: int, by: User, at: datetime | None = None) -> Run:
    """Take the next files of a kind and a blank for each; fewer where the store has fewer."""
    must_be(Role.PRINTING, by)
    at = at or timezone.now()
    if kind not in Kind.values or not 1 <= size <= MOST_IN_A_RUN:
        raise Refused(_("Choose a kind of document, and 1 to %(most)s files.") % {"most": MOST_IN_A_RUN})
    with transaction.atomic():
        # Of two who start at once the second sees what the first took.
        hold(["start-run"])
        files = waiting.held(waiting.to_print(kind, by=by, at=at), size)
        if not files:
            raise Refused(_("Nothing of this kind waits for printing that nobody has in hand."))
        run = Run.objects.create(kind=kind, office=by.office, started_by=by, started_at=at)
        blanks = issue(kind, len(files), run=run.stream, by=by, at=at)
        if not blanks:
            raise Refused(
                _("The store has no blank for: %(kind)s. Receive a delivery first.")
                % {"kind": Kind(kind).label}
            )
        RunLine.objects.bulk_create(
            RunLine(run=run, position=position, application=file, blank=blank)
            for position, (file, blank) in enumerate(zip(files, blanks, strict=False), start=1)
        )
        after = {"kind": kind, "files": len(blanks), "waiting": len(files) - len(blanks)}
        record(run.stream, "run_started", by=by, after=after, at=at)
    return run


def printed(run: Run, lines: Iterable[RunLine], *, by: User, at: datetime | None = None) -> Told:
    """Make the move `print` for each line on the blank beside it; one refused stops no other."""
    must_be(Role.PRINTING, by)
    told = Told()
    for line in lines:
        try:
            _print(run, line, by=by, at=at)
        except Refused as refusal:
            told.refused.append((line, str(refusal)))
        else:
            told.done.append(line)
    return told


def _print(run: Run, line: RunLine, *, by: User, at: datetime | None) -> None:
    with transaction.atomic():
        line = _open_line(line.pk, run=run, by=by)
        if line.blank is None or line.blank.fate == Fate.SPOILED:
            raise Refused(_("Its blank is spoilt: take the next blank for it first."))
        services.move(
            line.application.tracking_id, "print", by=by, stock_no=line.blank.number, run=run.stream, at=at
        )


def spoil(run: Run, line: RunLine, *, reason: str, by: User, at: datetime | None = None) -> Blank | None:
    """Spoil a line's blank and put the next one beside the file; None where the store is empty."""
    must_be(Role.PRINTING, by)
    at = at or timezone.now()
    with transaction.atomic():
        line = _open_line(line.pk, run=run, by=by)
        if line.blank is None or line.blank.fate == Fate.SPOILED:
            raise Refused(_("Its blank is spoilt already: take the next blank for it."))
        if line.blank.fate == Fate.PRINTED:
            services.move(line.application.tracking_id, "spoil", by=by, reason=reason, at=at)
        else:
            spoil_issued(line.blank, stream=line.application.stream, reason=reason, by=by, at=at)
        spoilt = line.blank.number
        fresh = _next_blank(line, by=by, at=at)
        after = {"line": line.position, "spoilt": spoilt, "blank": fresh.number if fresh else ""}
        record(run.stream, "run_spoiled", by=by, reason=reason, after=after, at=at)
    return fresh


def next_blank(run: Run, line: RunLine, *, by: User, at: datetime | None = None) -> Blank:
    """Put the next blank beside a file that has none, or whose print was spoilt at its case."""
    must_be(Role.PRINTING, by)
    at = at or timezone.now()
    with transaction.atomic():
        line = _open_line(line.pk, run=run, by=by)
        if line.blank and line.blank.fate != Fate.SPOILED:
            raise Refused(_("It has a blank: %(number)s.") % {"number": line.blank.number})
        fresh = _next_blank(line, by=by, at=at)
        if fresh is None:
            raise Refused(
                _("The store has no blank for: %(kind)s. Receive a delivery first.")
                % {"kind": run.get_kind_display()}
            )
        after = {"line": line.position, "blank": fresh.number}
        record(run.stream, "run_blank", by=by, after=after, at=at)
    return fresh


def _next_blank(line: RunLine, *, by: User, at: datetime) -> Blank | None:
    line.blank = next(iter(issue(line.run.kind, 1, run=line.run.stream, by=by, at=at)), None)
    line.save(update_fields=["blank"])
    return line.blank


def _open_line(pk: int, *, run: Run, by: User) -> RunLine:
    """A line of a run that is open, held until the transaction ends."""
    mine(Run.objects.all(), run.pk, by)
    lines = RunLine.objects.select_for_update(of=("self",)).select_related("run", "application", "blank__lot")
    line = lines.filter(pk=pk, run=run).first()
    if line is None:
        raise Refused(_("There is no such line on this run."))
    if line.ended_at:
        raise Refused(_("This run is closed: go on at the case itself."))
    return line


def close_run(run: Run, *, by: User, at: datetime | None = None) -> int:
    """Give unused blanks back to the store and unprinted files to the list; say how many."""
    must_be(Role.PRINTING, by)
    at = at or timezone.now()
    with transaction.atomic():
        run = mine(Run.objects.all(), run.pk, by)
        if run.closed_at:
            raise Refused(_("This run is closed already."))
        lines = run.lines.select_related("blank__lot").order_by("position")
        unused = [line for line in lines if line.blank and line.blank.fate == Fate.ISSUED]
        blanks = [line.blank for line in unused if line.blank]
        put_back(blanks, by=by, at=at)
        run.lines.filter(pk__in=[line.pk for line in unused]).update(blank=None)
        run.lines.update(ended_at=at)
        run.closed_at = at
        run.save(update_fields=["closed_at"])
        record(run.stream, "run_closed", by=by, after={"unused": len(unused)}, at=at)
    return len(unused)
