"""An applicant's answers: saved one by one as they are ready, sent in together."""

from collections.abc import Sequence

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _

from degreetrack.accounts.models import Actor
from degreetrack.applications import queries
from degreetrack.applications.lifecycle import State
from degreetrack.applications.models import Application, Objection
from degreetrack.applications.services import move
from degreetrack.documents.services import take_in
from degreetrack.kit.refusals import Refused

VERBS = {State.OBJECTED: "answer", State.RETURNED: "revive"}


def save_answer(
    tracking_id: str, objection_pk: int, *, by: Actor, text: str, files: Sequence[UploadedFile] = ()
) -> Objection:
    """Keep words or papers for one objection until all are answered; papers add to those given before."""
    application = _case(tracking_id, by)
    # Before the row is held: pictures take a second each.
    document = take_in(application.result.student, files, title=_("Answer"), by=by) if files else None
    with transaction.atomic():
        application = queries.locked(tracking_id, by=by)
        row = application.objections.filter(pk=objection_pk, cleared_at=None).first()
        if row is None or application.state not in VERBS:
            raise Refused(_("This objection waits for no answer now."))
        text = " ".join(text.split())[:500]
        if not text and document is None:
            raise Refused(_("Write your answer, or give a photo or PDF."))
        row.answer = text or row.answer
        row.save(update_fields=["answer"])
        if document:
            row.documents.add(document)
    return row


def unanswered(application: Application) -> list[Objection]:
    """The open objections that have neither words nor papers yet."""
    rows = application.objections.filter(cleared_at=None, answer="")
    return [row for row in rows.prefetch_related("documents") if not row.documents.all()]


def send_answers(tracking_id: str, *, by: Actor) -> Application:
    """Send in all that is answered; Refused with what is missing."""
    application = _case(tracking_id, by)
    verb = VERBS.get(State(application.state))
    if verb is None:
        raise Refused(_("Nothing waits for your answer now."))
    missing = {row.pk for row in unanswered(application)}
    answers = {
        row.pk: row.answer or _("See the paper.")
        for row in application.objections.filter(cleared_at=None)
        if row.pk not in missing
    }
    return move(tracking_id, verb, by=by, answers=answers)


def _case(tracking_id: str, by: Actor) -> Application:
    with transaction.atomic():
        return queries.locked(tracking_id, by=by)
