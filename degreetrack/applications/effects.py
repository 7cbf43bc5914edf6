"""What follows from a move, inside its transaction: one handler for each effect of the table."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from degreetrack.accounts.models import Actor, Role, User
from degreetrack.applications import bearers, limits
from degreetrack.applications.lifecycle import Effect
from degreetrack.applications.models import Application, Objection
from degreetrack.applications.queries import is_later_round
from degreetrack.catalogue.models import ObjectionGroup, ObjectionReason
from degreetrack.credentials.services import spoil_print, use_stock
from degreetrack.kit.refusals import Refused


@dataclass(frozen=True)
class Step:
    """One move as its effects see it."""

    by: User | Actor
    at: datetime
    reason: str
    facts: dict[str, Any]


def _mark_checked(application: Application, step: Step) -> dict[str, Any]:
    application.first_checked_at = application.first_checked_at or step.at
    return {}


def _mark_verifier(application: Application, step: Step) -> dict[str, Any]:
    application.verified_by_id = step.by.pk
    return {}


def _raise_objections(application: Application, step: Step) -> dict[str, Any]:
    rows = drafted(application, step.facts["objections"], by=step.by, at=step.at)
    Objection.objects.bulk_create(rows)
    after: dict[str, Any] = {"objections": [row.reason_id or row.text_en for row in rows]}
    if Role.LEDGER not in step.by.roles:
        later = is_later_round(application)
        application.objection_rounds += 1
        after |= {"round": application.objection_rounds, "later": later}
    return after


def drafted(
    application: Application, objections: Iterable[tuple], *, by: User | Actor, at: datetime
) -> list[Objection]:
    """Make the objections, unsaved, or refuse what the catalogue does not know or nobody could read."""
    rows = [_objection(application, by, at, code, text) for code, text in objections]
    if not rows:
        raise Refused(_("Choose at least one objection, or write one."))
    return rows


def _objection(
    application: Application, by: User | Actor, at: datetime, code: str | None, text: str | None
) -> Objection:
    common = {"application": application, "raised_at": at, "raised_by_name": by.display_name}
    if code:
        reason = ObjectionReason.objects.filter(code=code, retired=False).first()
        if reason is None:
            raise Refused(_("The catalogue has no objection “%(code)s”.") % {"code": code})
        words = ("group", "text_en", "text_ur", "cure_en", "cure_ur")
        return Objection(reason=reason, **common, **{word: getattr(reason, word) for word in words})
    text = " ".join((text or "").split())
    if not 5 <= len(text) <= 500:
        raise Refused(_("Write an objection in 5 to 500 letters, as the applicant will read it."))
    return Objection(group=ObjectionGroup.FORM, text_en=text, text_ur=text, cure_en="", cure_ur="", **common)


def _take_answers(application: Application, step: Step) -> dict[str, Any]:
    answers = {int(pk): " ".join(str(text).split()) for pk, text in step.facts["answers"].items()}
    waiting = list(application.objections.filter(cleared_at=None))
    unanswered = [row for row in waiting if not answers.get(row.pk)]
    if unanswered:
        raise Refused(
            _("Every objection needs its answer. Still missing: %(missing)s")
            % {"missing": "; ".join(row.text for row in unanswered)}
        )
    for row in waiting:
        row.answer, row.answered_at = answers[row.pk][:500], step.at
    Objection.objects.bulk_update(waiting, ["answer", "answered_at"])
    return {"answers": len(waiting)}


def _clear_answered(application: Application, step: Step) -> dict[str, Any]:
    application.objections.filter(cleared_at=None).update(cleared_at=step.at)
    return {}


def _clear_answered_of_many(applications: Sequence[Application], step: Step) -> None:
    waiting = Objection.objects.filter(application__in=[row.pk for row in applications], cleared_at=None)
    waiting.update(cleared_at=step.at)


def _mark_checked_of_many(applications: Sequence[Application], step: Step) -> None:
    for application in applications:
        _mark_checked(application, step)


def _mark_verifier_of_many(applications: Sequence[Application], step: Step) -> None:
    for application in applications:
        _mark_verifier(application, step)


def _clear_fee(application: Application, step: Step) -> dict[str, Any]:
    """The money is there, so its objection is cured; another one still needs its own answer."""
    waiting = application.objections.filter(cleared_at=None)
    if waiting.exclude(group=ObjectionGroup.FEE).exists():
        raise Refused(_("Other objections still wait for the applicant's answer."))
    cleared = waiting.update(answer=_("Paid."), answered_at=step.at, cleared_at=step.at)
    return {"cleared": cleared}


def _extend(application: Application, step: Step) -> dict[str, Any]:
    application.extended_at = step.at
    limits.extend(application, on=timezone.localdate(step.at))
    return {"limit_on": str(application.limit_on)}


def _use_stock(application: Application, step: Step) -> dict[str, Any]:
    used = use_stock(
        application.stream,
        kind=application.kind,
        stock_no=step.facts["stock_no"],
        by=step.by,
        at=step.at,
        run=step.facts.get("run", ""),
    )
    return {"stock_no": used.number}


def _void_stock(application: Application, step: Step) -> dict[str, Any]:
    spoilt = spoil_print(application.stream, reason=step.reason, by=step.by, at=step.at)
    return {"stock_no": spoilt.number} if spoilt else {}


def _send(application: Application, step: Step) -> dict[str, Any]:
    application.courier = step.facts["courier"].strip()[:40]
    application.consignment_no = step.facts["consignment_no"].strip()[:40]
    return {"courier": application.courier, "consignment_no": application.consignment_no}


def _hand_over(application: Application, step: Step) -> dict[str, Any]:
    """To a bearer when the desk tells a code, which must be theirs; else to whose CNIC the desk saw."""
    code = step.facts.get("bearer_code")
    if code is not None:
        application.handed_to = bearers.take(application, code=code, by=step.by, at=step.at).name
        return {"handed_to": application.handed_to, "to": "bearer", "checked": "code and CNIC"}
    application.handed_to = step.facts["handed_to"].strip()[:100]
    after = {"handed_to": application.handed_to}
    if step.facts.get("letter_seen"):
        after |= {"to": "bearer", "checked": "letter and CNIC"}
    elif step.facts.get("cnic_seen"):
        after |= {"to": "applicant", "checked": "CNIC"}
    else:
        raise Refused(_("See the CNIC first, and say whose it is: nothing is handed over without."))
    bearers.cancel(application, at=step.at)
    return after


HANDLERS: dict[Effect, Callable[[Application, Step], dict[str, Any]]] = {
    Effect.MARK_CHECKED: _mark_checked,
    Effect.MARK_VERIFIER: _mark_verifier,
    Effect.RAISE_OBJECTIONS: _raise_objections,
    Effect.TAKE_ANSWERS: _take_answers,
    Effect.CLEAR_ANSWERED: _clear_answered,
    Effect.CLEAR_FEE: _clear_fee,
    Effect.EXTEND: _extend,
    Effect.USE_STOCK: _use_stock,
    Effect.VOID_STOCK: _void_stock,
    Effect.SEND: _send,
    Effect.HAND_OVER: _hand_over,
}
# Those that touch the file's own columns alone, or clear objections: the journal, the store and whom news
# goes to are as they were.
PLAIN = frozenset(
    {Effect.MARK_CHECKED, Effect.MARK_VERIFIER, Effect.CLEAR_ANSWERED, Effect.EXTEND, Effect.SEND}
)
# The same for many at once, without a statement for each: what moves in bulk need.
HANDLERS_OF_MANY: dict[Effect, Callable[[Sequence[Application], Step], None]] = {
    Effect.MARK_CHECKED: _mark_checked_of_many,
    Effect.MARK_VERIFIER: _mark_verifier_of_many,
    Effect.CLEAR_ANSWERED: _clear_answered_of_many,
}
