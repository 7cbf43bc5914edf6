"""Signature sheets: what of a run is printed and not yet signed, signed together."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from degreetrack.accounts.models import Role, User
from degreetrack.applications import services
from degreetrack.applications.lifecycle import State
from degreetrack.credentials.models import Fate
from degreetrack.issuing.models import Run, RunLine
from degreetrack.issuing.rights import mine, must_be
from degreetrack.issuing.runs import Told
from degreetrack.journal.services import record
from degreetrack.kit.refusals import Refused


def sheet(run: Run) -> QuerySet[RunLine]:
    """The lines of a run whose print is good and waits for the signature."""
    waiting = run.lines.filter(blank__fate=Fate.PRINTED, application__state=State.PRINTED)
    return waiting.select_related("application__result__student", "blank").order_by("position")


def sign_sheet(run: Run, lines: Iterable[RunLine], *, by: User, at: datetime | None = None) -> Told:
    """Make the move `sign` for each line; one refused stops no other."""
    must_be(Role.SIGNATURE, by)
    told = Told()
    with transaction.atomic():
        mine(Run.objects.all(), run.pk, by)
    for line in lines:
        try:
            if line.run_id != run.pk:
                raise Refused(_("There is no such line on this run."))
            services.move(line.application.tracking_id, "sign", by=by, at=at)
        except Refused as refusal:
            told.refused.append((line, str(refusal)))
        else:
            told.done.append(line)
    if told.done:
        after = {"lines": [line.position for line in told.done], "refused": len(told.refused)}
        record(run.stream, "run_signed", by=by, after=after, at=at)
    return told
