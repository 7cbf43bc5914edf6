"""Manifests: what goes to the post or a courier together, numbered, taken off, closed."""

import re
from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from degreetrack.accounts.models import Role, User
from degreetrack.applications import services
from degreetrack.issuing import waiting
from degreetrack.issuing.models import Manifest, ManifestLine
from degreetrack.issuing.rights import mine, must_be
from degreetrack.journal.services import record
from degreetrack.kit.holding import hold
from degreetrack.kit.refusals import Refused

MOST_ON_A_MANIFEST = 500
_CONSIGNMENT_NO = re.compile(r"[A-Z0-9][A-Z0-9/-]{3,39}")


def start_manifest(
    courier: str,
    *,
    by: User,
    ways: Iterable[str] = waiting.SENT_BY,
    size: int = MOST_ON_A_MANIFEST,
    at: datetime | None = None,
) -> Manifest:
    """Put what is ready to be sent on one list, urgent ones first; `ways` is what their owners chose."""
    must_be(Role.DISPATCH, by)
    at, courier, ways = at or timezone.now(), " ".join(courier.split()), list(ways)
    if not 2 <= len(courier) <= 40 or not 1 <= size <= MOST_ON_A_MANIFEST:
        raise Refused(_("Choose the courier, and 1 to %(most)s files.") % {"most": MOST_ON_A_MANIFEST})
    with transaction.atomic():
        # Of two who start at once the second sees what the first took.
        hold(["start-manifest"])
        files = waiting.held(waiting.to_send(ways, by=by, at=at), size)
        if not files:
            raise Refused(_("Nothing waits to be sent this way that nobody has in hand."))
        manifest = Manifest.objects.create(courier=courier, office=by.office, started_by=by, started_at=at)
        ManifestLine.objects.bulk_create(
            ManifestLine(manifest=manifest, position=position, application=file, courier=courier)
            for position, file in enumerate(files, start=1)
        )
        after = {"courier": courier, "files": len(files)}
        record(manifest.stream, "manifest_started", by=by, after=after, at=at)
    return manifest


def dispatch(
    manifest: Manifest, line: ManifestLine, *, consignment_no: str, by: User, at: datetime | None = None
) -> bool:
    """Make the move `dispatch` for a line with its number; False where that is done already."""
    must_be(Role.DISPATCH, by)
    at = at or timezone.now()
    number = "".join(consignment_no.split()).upper()
    if not _CONSIGNMENT_NO.fullmatch(number):
        raise Refused(_("A consignment number has 4 to 40 letters, digits, dashes or slashes."))
    with transaction.atomic():
        line = _line(line.pk, manifest, by)
        if line.sent_at and line.consignment_no == number:
            return False
        _must_wait(line)
        _must_be_new(line, number)
        services.move(
            line.application.tracking_id,
            "dispatch",
            by=by,
            courier=line.courier,
            consignment_no=number,
            at=at,
        )
        line.consignment_no, line.sent_at = number, at
        line.save(update_fields=["consignment_no", "sent_at"])
    return True


def _must_wait(line: ManifestLine) -> None:
    if line.taken_off_at:
        raise Refused(_("It was taken off this manifest: %(reason)s") % {"reason": line.off_reason})
    if line.sent_at:
        raise Refused(_("It is sent already, with the number %(number)s.") % {"number": line.consignment_no})


def _must_be_new(line: ManifestLine, number: str) -> None:
    """Refuse another document's number; whoever writes one holds the courier's numbers meanwhile."""
    hold([f"consignment/{line.courier}/{number}"])
    other = ManifestLine.objects.filter(courier=line.courier, consignment_no=number).first()
    if other:
        raise Refused(
            _("The number %(number)s is another document's: manifest %(manifest)s, line %(line)s.")
            % {"number": number, "manifest": other.manifest_id, "line": other.position}
        )


def take_off(
    manifest: Manifest, line: ManifestLine, *, reason: str, by: User, at: datetime | None = None
) -> None:
    """Take a document that was not sent off the manifest, back to the list of those to be sent."""
    must_be(Role.DISPATCH, by)
    at, reason = at or timezone.now(), " ".join(reason.split())[:300]
    if len(reason) < 3:
        raise Refused(_("Write the reason why it does not go with the others."))
    with transaction.atomic():
        line = _line(line.pk, manifest, by)
        _must_wait(line)
        line.taken_off_at, line.off_reason = at, reason
        line.save(update_fields=["taken_off_at", "off_reason"])
        after = {"line": line.position}
        record(manifest.stream, "manifest_taken_off", by=by, reason=reason, after=after, at=at)


def close_manifest(manifest: Manifest, *, by: User, at: datetime | None = None) -> int:
    """Close it: what has no number goes back to the list of those to be sent; say how many."""
    must_be(Role.DISPATCH, by)
    at = at or timezone.now()
    with transaction.atomic():
        manifest = mine(Manifest.objects.all(), manifest.pk, by)
        if manifest.closed_at:
            raise Refused(_("This manifest is closed already."))
        waiting_ones = manifest.lines.filter(sent_at=None, taken_off_at=None)
        left = waiting_ones.update(taken_off_at=at, off_reason=_("The manifest was closed without it."))
        manifest.closed_at = at
        manifest.save(update_fields=["closed_at"])
        record(manifest.stream, "manifest_closed", by=by, after={"taken_off": left}, at=at)
    return left


def _line(pk: int, manifest: Manifest, by: User) -> ManifestLine:
    """A line of a manifest that somebody sees, held until the transaction ends."""
    mine(Manifest.objects.all(), manifest.pk, by)
    lines = ManifestLine.objects.select_for_update(of=("self",)).select_related("application")
    line = lines.filter(pk=pk, manifest=manifest).first()
    if line is None:
        raise Refused(_("There is no such line on this manifest."))
    return line
