"""submit() and move(): the only writers of an application's state."""

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from degreetrack.accounts.models import CLOCK, Actor, Role, User
from degreetrack.applications import custody, holds, limits, news, queries, taking, targets, writing
from degreetrack.applications.bearers import Counted
from degreetrack.applications.conditions import CHECKS
from degreetrack.applications.effects import HANDLERS, Step
from degreetrack.applications.lifecycle import MOVES, Move, State
from degreetrack.applications.models import Application, Delivery, Hold, Objection, Route
from degreetrack.applications.taking import Taken
from degreetrack.aside.services import Trying
from degreetrack.catalogue.models import Issue, Kind
from degreetrack.fees.quotes import quote
from degreetrack.journal.services import Line, record, record_many
from degreetrack.kit import tracking_ids
from degreetrack.kit.prepared import together
from degreetrack.kit.refusals import Refused
from degreetrack.records.models import Result


def submit(
    result: Result,
    *,
    by: User | Actor,
    kind: str,
    issue: str = Issue.ORIGINAL,
    urgent: bool = False,
    route: str = Route.COUNTER,
    language: str = "en",
    mobile: str = "",
    email: str = "",
    address: str = "",
    challan_no: str = "",
    fee_due: int | None = None,
    fee_paid: int = 0,
    office: str = "",
    delivery: str = Delivery.POST,
    collect_office: str = "",
    names_confirmed_at: datetime | None = None,
    correction: str = "",
    at: datetime | None = None,
) -> Application:
    """Receive an application, acknowledge it, and return it with its new tracking ID.

    The fee due is the tariff's of the day, unless a challan has fixed it before.
    """
    at = at or timezone.now()
    check_role(MOVES["submit"], by)
    if fee_due is None:
        on = timezone.localdate(at)
        fee_due = quote(result, kind=Kind(kind), issue=Issue(issue), urgent=urgent, on=on).amount
    application = Application(
        result=result,
        kind=kind,
        issue=issue,
        urgent=urgent,
        state=State.RECEIVED,
        state_since=at,
        received_at=at,
        route=route,
        office=office or by.office,
        language=language,
        mobile=mobile,
        email=email,
        address=address,
        challan_no=challan_no,
        fee_due=fee_due,
        fee_paid=fee_paid,
        delivery=delivery,
        collect_office=collect_office,
        names_confirmed_at=names_confirmed_at,
        correction=correction,
    )
    targets.begin(application)
    with transaction.atomic():
        paper = custody.begin(application, by=by, at=at)
        _insert(application)
        after = {"state": State.RECEIVED, "kind": kind, "issue": issue, "urgent": urgent, "route": route}
        after |= paper
        record(application.stream, "submit", by=by, after=after, at=at)
        news.tell(application, MOVES["submit"], reason="", at=at)
    return application


def _insert(application: Application) -> None:
    """Save with a fresh tracking ID; one drawn before is drawn anew."""
    open_one = queries.open_application(application)
    if open_one:
        raise Refused(
            _("An application for this is open already: %(id)s. Finish or withdraw it first.")
            % {"id": open_one.tracking_id}
        )
    for _attempt in range(3):
        application.tracking_id = tracking_ids.new()
        try:
            with transaction.atomic():
                application.save(force_insert=True)
            return
        except IntegrityError:
            application.pk = None
    raise Refused(
        _("An application for this was opened by somebody else just now. Look it up and go on with it.")
    )


def move(
    tracking_id: str,
    verb: str,
    *,
    by: User | Actor,
    reason: str = "",
    at: datetime | None = None,
    **facts: Any,
) -> Application:
    """Make one move of the table, or raise Refused: state, journal, effects and notices together.

    Of two people at once one wins; the other reads why not. Nothing is sent before commit.
    A refusal that is counted (a wrong code) leaves its count behind, and nothing else.
    """
    line = MOVES.get(verb)
    if line is None or not line.from_:
        raise Refused(_("There is no such step."))
    at = at or timezone.now()
    reason = " ".join(reason.split())
    with transaction.atomic():
        taken = taking.take(tracking_id, line, by=by, at=at)
        step = Step(by=by, at=at, reason=reason, facts=facts)
        check(line, taken.application, step, held=taken.held)
        try:
            _make(line, taken, step)
            return taken.application
        except Counted as refusal:
            counted = refusal
    raise counted


def _make(line: Move, taken: Taken, step: Step) -> None:
    application, read = taken.application, taken.read
    before = vars(application).copy()
    after: dict[str, Any] = {"state": line.to}
    for effect in line.effects:
        after |= HANDLERS[effect](application, step)
    change(line, application, step)
    said = Line(application.stream, line.verb, after, {"state": State(before["state"])}, step.reason, step.by)
    with together():
        if taken.in_hand and line.to != before["state"]:
            holds.release([application])
        writing.write([application], [before])
        if line.tells:
            news.tell(application, line, reason=step.reason, at=step.at, first=[said], read=read)
        else:
            record_many([said], by=step.by, at=step.at, heads=read.heads if read else None)


def change(line: Move, application: Application, step: Step, *, by: targets.Timetable | None = None) -> None:
    """Set what a move makes of an application, unsaved; whoever moves many hands in the timetable."""
    if line.to != application.state:
        targets.turn(application, line.to, at=step.at, by=by)
        application.state, application.state_since = line.to, step.at
        limits.begin(application, on=timezone.localdate(step.at))
    if line.to in (State.REJECTED, State.WITHDRAWN):
        application.closing_reason = step.reason[:500]


def check(line: Move, application: Application, step: Step, *, held: Hold | None) -> None:
    """Refuse what the table, the role, somebody else's hands or a condition forbid; the file is locked."""
    check_role(line, step.by)
    if held:
        holds.refuse(held)
    if application.state not in line.from_:
        raise Refused(
            _("“%(step)s” is not possible now. The application stands at: %(state)s.")
            % {"step": line.label, "state": State(application.state).label}
        )
    for condition in line.conditions:
        CHECKS[condition](application, step.by, step.at)
    check_reason(line, step.reason, by=step.by)
    for need in line.needs:
        fact = step.facts.get(need)
        if fact is None or (isinstance(fact, str) and not fact.strip()):
            raise Refused(_("Something is missing: %(need)s.") % {"need": news.NEEDS[need]})


def check_reason(line: Move, reason: str, *, by: User | Actor) -> None:
    """Refuse a move without the reason that it needs."""
    if line.reason and len(reason) < 3:
        if Role.APPLICANT in by.roles:
            raise Refused(_("Write in a few words why you wish this."))
        raise Refused(_("Write the reason: the applicant and your colleagues will read it."))


def check_role(line: Move, by: User | Actor) -> None:
    """Refuse who has no part in a move."""
    if not line.roles & by.roles:
        raise Refused(_("Your section does not do this step: %(step)s.") % {"step": line.label})


def return_overdue(*, at: datetime | None = None, most: int = 500) -> int:
    """Return, by the clock, applications whose limit to answer has passed; say how many."""
    at = at or timezone.now()
    trying = Trying("return_overdue", at=at)
    late = queries.overdue(timezone.localdate(at), but=trying.resting_pks, most=most)
    returned = sum(bool(trying.attempt(row.stream, _return, row.tracking_id, at)) for row in late)
    trying.end()
    return returned


def _return(tracking_id: str, at: datetime) -> bool:
    try:
        move(tracking_id, "return", by=CLOCK, at=at)
    except Refused:
        # Answered in the meantime: the applicant was in time.
        return False
    return True


def view(application: Application, *, by: User) -> None:
    """Journal that a member of staff looked at an applicant's personal data."""
    record(application.stream, "view", by=by)


def adopt(application: Application, state: State, *, objection: Objection | None, by: Actor) -> None:
    """Take in an application from another system in the state it had there; nobody is notified.

    People who were never told get the whole limit again, from the day of the import.
    """
    application.state = state
    application.objection_rounds = 1 if objection else 0
    limits.begin(application, on=timezone.localdate())
    targets.begin(application)
    application.save(force_insert=True)
    if objection:
        objection.application = application
        objection.save()
    after = {
        "state": state,
        "kind": application.kind,
        "issue": application.issue,
        "urgent": application.urgent,
    }
    record(application.stream, "adopt", by=by, after=after, at=application.state_since)
