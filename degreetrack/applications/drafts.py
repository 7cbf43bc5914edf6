"""An application as it is written online: begun after the pre-flight, saved by steps, sent for its fee."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from degreetrack.accounts.models import Actor, Role
from degreetrack.applications.models import Delivery, Draft
from degreetrack.applications.preflight import Finding, preflight
from degreetrack.catalogue.models import Issue, Kind, ObjectionGroup, Region, RequiredDocument, Route
from degreetrack.catalogue.services import required_documents, route_of
from degreetrack.documents.models import Document
from degreetrack.documents.services import standing
from degreetrack.fees.challans import make_challan
from degreetrack.fees.models import Challan, Purpose
from degreetrack.fees.quotes import Quote, quote
from degreetrack.journal.services import record
from degreetrack.kit.refusals import Refused
from degreetrack.records.models import Result, Student


def applicant(student: Student) -> Actor:
    """The applicant as journal and services know them."""
    return Actor("applicant", frozenset({Role.APPLICANT}), student=student.pk)


class Part(StrEnum):
    """The steps of the form, in order."""

    PAPERS = "papers"
    DELIVERY = "delivery"
    NAMES = "names"
    FEE = "fee"


@dataclass(frozen=True)
class Checked:
    """What the pre-flight tells before anything is paid."""

    findings: list[Finding]
    quote: Quote
    papers: list[RequiredDocument]

    @property
    def stops(self) -> bool:
        """Whether something must be cured before one can apply."""
        return any(finding.blocks for finding in self.findings)


def check(
    result: Result, *, kind: str, issue: str, urgent: bool, overseas: bool = False, at: datetime | None = None
) -> Checked:
    """Everything that a machine can know about such an application, its fee and its papers."""
    if kind not in Kind.values or issue not in Issue.values:
        raise Refused(_("Choose what you apply for."))
    on = timezone.localdate(at)
    findings = [*_route(result, issue), *preflight(result, kind=kind, issue=issue)]
    fee = quote(result, kind=kind, issue=issue, urgent=urgent, on=on, overseas=overseas)
    return Checked(findings, fee, papers_for(result, kind=kind, issue=issue))


def _route(result: Result, issue: str) -> list[Finding]:
    """An original comes by the route of its intake; duplicates and corrections are applied for here."""
    route = route_of(result.student.registration_no)
    if issue != Issue.ORIGINAL or route is None or route.route == Route.ONLINE:
        return []
    return [Finding(ObjectionGroup.FORM, route.text, "")]


def papers_for(result: Result, *, kind: str, issue: str) -> list[RequiredDocument]:
    """The papers that are asked for online."""
    rows = required_documents(result.programme.level, kind=kind, issue=issue)
    return [row for row in rows if row.online]


def begin(
    student: Student,
    result_pk: int,
    *,
    kind: str,
    issue: str,
    urgent: bool,
    overseas: bool = False,
    language: str,
    at: datetime | None = None,
) -> Draft:
    """Begin a draft, or go on with the open one of the same kind; Refused where the pre-flight stops it."""
    at = at or timezone.now()
    result = student.results.filter(pk=result_pk).select_related("student", "programme__level").first()
    if result is None:
        raise Refused(_("Choose one of your results."))
    stopping = [
        finding
        for finding in check(result, kind=kind, issue=issue, urgent=urgent, at=at).findings
        if finding.blocks
    ]
    if stopping:
        raise Refused(" ".join(f"{finding.text} {finding.to_do}" for finding in stopping))
    try:
        with transaction.atomic():
            draft = Draft.objects.create(
                student=student,
                result=result,
                kind=kind,
                issue=issue,
                urgent=urgent,
                overseas=overseas,
                language=language,
                made_at=at,
            )
            after = {"kind": kind, "issue": issue, "urgent": urgent}
            record(draft.stream, "begin", by=applicant(student), after=after, at=at)
    except IntegrityError:
        return open_drafts(student).get(result=result, kind=kind, issue=issue)
    return draft


def open_drafts(student: Student) -> QuerySet[Draft]:
    """A student's drafts that are neither received nor discarded, newest first."""
    rows = Draft.objects.filter(student=student, application=None, discarded_at=None)
    return rows.select_related("result__programme__level", "student").order_by("-pk")


def _held(student: Student, pk: int) -> Draft:
    """An open draft that is not sent yet, held until the transaction ends."""
    draft = open_drafts(student).select_for_update(of=("self",)).filter(pk=pk).first()
    if draft is None:
        raise Refused(_("This application is not open any more."))
    if draft.sent_at:
        raise Refused(_("This application waits for its fee; it can be changed no more. You may discard it."))
    return draft


def save_delivery(
    student: Student, pk: int, *, address: str, way: str, office: str, overseas: bool, language: str
) -> Draft:
    """Save where it goes and how, and the language of the news."""
    address = " ".join(address.split())
    if way not in Delivery.values:
        raise Refused(_("Choose post, courier or an office to collect it at."))
    if not 10 <= len(address) <= 300:
        raise Refused(_("Write the whole address in 10 to 300 letters."))
    if way == Delivery.COLLECT and not Region.objects.filter(pk=office).exists():
        raise Refused(_("Choose the office at which it is to be collected."))
    with transaction.atomic():
        draft = _held(student, pk)
        draft.address, draft.delivery, draft.overseas = address, way, overseas
        draft.collect_office = office if way == Delivery.COLLECT else ""
        draft.language = language if language in ("en", "ur") else draft.language
        draft.save()
    return draft


def confirm_names(
    student: Student, pk: int, *, right: bool, correction: str, at: datetime | None = None
) -> Draft:
    """Confirm the names as they will be printed, or tell how they should be; the desk decides on that."""
    correction = " ".join(correction.split())
    if right == bool(correction):
        raise Refused(_("Tell that the names are right, or write how they should be: one of the two."))
    with transaction.atomic():
        draft = _held(student, pk)
        draft.names_confirmed_at, draft.correction = at or timezone.now(), correction[:500]
        draft.save()
    return draft


def papers_given(draft: Draft) -> dict[str, Document]:
    """What stands already of the papers that a draft needs, given for it or earlier."""
    return standing(draft.student, papers_for(draft.result, kind=draft.kind, issue=draft.issue))


def done(draft: Draft) -> dict[Part, bool]:
    """Which steps are complete."""
    needed = papers_for(draft.result, kind=draft.kind, issue=draft.issue)
    given = papers_given(draft)
    return {
        Part.PAPERS: all(row.pk in given for row in needed),
        Part.DELIVERY: bool(draft.address),
        Part.NAMES: draft.names_confirmed_at is not None,
        Part.FEE: draft.sent_at is not None,
    }


def fee_of(draft: Draft, *, at: datetime | None = None) -> Quote:
    """What a draft costs by the tariff of the day."""
    return quote(
        draft.result,
        kind=draft.kind,
        issue=draft.issue,
        urgent=draft.urgent,
        on=timezone.localdate(at),
        overseas=draft.overseas,
    )


def send(student: Student, pk: int, *, at: datetime | None = None) -> Challan:
    """Make the challan of a complete draft; it is received when the fee has come."""
    at = at or timezone.now()
    with transaction.atomic():
        draft = open_drafts(student).filter(pk=pk).first()
        if draft is None:
            raise Refused(_("This application is not open any more."))
        missing = [part for part, complete in done(draft).items() if not complete and part != Part.FEE]
        if missing:
            raise Refused(_("Finish the steps before this one first."))
        fee = fee_of(draft, at=at)
        challan = make_challan(
            student, subject=draft.stream, purpose=Purpose.APPLICATION, lines=fee.in_both, at=at
        )
        if draft.challan_no != challan.number:
            draft.sent_at, draft.challan_no = draft.sent_at or at, challan.number
            draft.save()
            record(draft.stream, "send", by=applicant(student), after={"challan": challan.number}, at=at)
    return challan


def discard(student: Student, pk: int, *, at: datetime | None = None) -> None:
    """Give a draft up; one on which something was paid stays."""
    at = at or timezone.now()
    with transaction.atomic():
        draft = open_drafts(student).select_for_update(of=("self",)).filter(pk=pk).first()
        if draft is None:
            raise Refused(_("This application is not open any more."))
        if Challan.objects.filter(subject=draft.stream, payments__isnull=False).exists():
            raise Refused(_("Something was paid for it already. Pay the rest, or call the help desk."))
        draft.discarded_at = at
        draft.save()
        record(draft.stream, "discard", by=applicant(student), at=at)
