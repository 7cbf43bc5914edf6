"""Objections found late: a clerk proposes them, the section's supervisor raises or declines them."""

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from degreetrack.accounts.models import Role, User
from degreetrack.applications import holds, queries
from degreetrack.applications.effects import drafted
from degreetrack.applications.lifecycle import MOVES
from degreetrack.applications.models import Application, ObjectionProposal
from degreetrack.applications.services import move
from degreetrack.journal.services import record
from degreetrack.kit.refusals import Refused

Objections = list[tuple[str | None, str | None]]


def propose(
    tracking_id: str, *, by: User, objections: Objections, why: str, at: datetime | None = None
) -> ObjectionProposal:
    """Send objections to the supervisor of one's section, with why they come late; hand the file back."""
    at, why = at or timezone.now(), " ".join(why.split())[:500]
    section = by.section
    if not may_propose(by) or section is None:
        raise Refused(_("Your section does not do this step: %(step)s.") % {"step": MOVES["object"].label})
    if len(why) < 3:
        raise Refused(_("Write why it was not raised at first scrutiny: your supervisor will read it."))
    with transaction.atomic():
        application = queries.locked(tracking_id, by=by)
        if held := holds.of_another(application, by, at):
            holds.refuse(held)
        if application.state not in MOVES["object"].from_ or not queries.is_later_round(application):
            raise Refused(_("Nothing needs the supervisor here: raise the objections yourself."))
        if open_proposal(application):
            raise Refused(_("A proposal for this file lies with the supervisor already."))
        raised = drafted(application, objections, by=by, at=at)
        row = ObjectionProposal.objects.create(
            application=application,
            by=by,
            section=section,
            objections=[list(pair) for pair in objections],
            why=why,
            at=at,
        )
        holds.release([application])
        after = {"objections": [one.reason_id or one.text_en for one in raised]}
        record(application.stream, "objections_proposed", by=by, reason=why, after=after, at=at)
    return row


def may_propose(by: User) -> bool:
    """Whether somebody raises objections at all."""
    return bool(MOVES["object"].roles & by.roles)


def accept(pk: int, *, by: User, at: datetime | None = None) -> Application:
    """Raise the proposed objections, by the supervisor's own move."""
    at = at or timezone.now()
    with transaction.atomic():
        row = _decided(pk, by=by, accepted=True, answer="", at=at)
        objections = [tuple(pair) for pair in row.objections]
        return move(row.application.tracking_id, "object", by=by, objections=objections, at=at)


def decline(pk: int, *, by: User, answer: str, at: datetime | None = None) -> ObjectionProposal:
    """Give the proposal back to the clerk, with words."""
    at, answer = at or timezone.now(), " ".join(answer.split())[:500]
    if len(answer) < 3:
        raise Refused(_("Write to the clerk why not."))
    with transaction.atomic():
        row = _decided(pk, by=by, accepted=False, answer=answer, at=at)
        record(row.application.stream, "proposal_declined", by=by, reason=answer, at=at)
    return row


def _decided(pk: int, *, by: User, accepted: bool, answer: str, at: datetime) -> ObjectionProposal:
    if Role.SUPERVISOR not in by.roles:
        raise Refused(_("Only a supervisor decides this."))
    row = _of(by).select_for_update(of=("self",)).filter(pk=pk).first()
    if row is None:
        raise Refused(_("This proposal is decided already, or is not yours to decide."))
    row.decided_at, row.decided_by_name, row.accepted, row.answer = at, by.display_name, accepted, answer
    row.save()
    return row


def _of(by: User) -> QuerySet[ObjectionProposal]:
    waiting = ObjectionProposal.objects.filter(section=by.section_id, decided_at=None)
    return waiting.select_related("application__result__student", "by").order_by("at", "pk")


def waiting(user: User, *, most: int = 100) -> list[ObjectionProposal]:
    """What lies with a supervisor, oldest first; nothing for anybody else."""
    return list(_of(user)[:most]) if Role.SUPERVISOR in user.roles else []


def own(user: User, *, most: int = 20) -> list[ObjectionProposal]:
    """What somebody proposed, newest first, with its fate."""
    mine = ObjectionProposal.objects.filter(by=user).select_related("application")
    return list(mine.order_by("-at", "-pk")[:most])


def open_proposal(application: Application) -> ObjectionProposal | None:
    """The one that lies with the supervisor now."""
    return application.proposals.filter(decided_at=None).select_related("by").first()


def last_proposal(application: Application) -> ObjectionProposal | None:
    """The newest, open or decided."""
    return application.proposals.select_related("by").order_by("-at", "-pk").first()
