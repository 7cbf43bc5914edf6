"""What scrutiny ticks on each document, originals sighted by an office, and the objections they suggest."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from degreetrack.accounts.models import Role, User
from degreetrack.applications import queries
from degreetrack.applications.lifecycle import BEFORE_APPROVAL, MOVES, State
from degreetrack.applications.models import Application, Checked, Sighting
from degreetrack.applications.preflight import Finding
from degreetrack.catalogue.models import ChecklistItem, ObjectionReason
from degreetrack.catalogue.services import required_documents
from degreetrack.journal.services import record
from degreetrack.kit.refusals import Refused

SIGHTERS = frozenset({Role.RECEIPT, Role.REGIONAL})


def _too_late(application: Application) -> Refused:
    return Refused(
        _("This can be changed no more. The application stands at: %(state)s.")
        % {"state": State(application.state).label}
    )


def items_of(application: Application) -> list[ChecklistItem]:
    """The points of every document that this application needs, in order."""
    documents = _documents(application)
    rows = ChecklistItem.objects.filter(document__in=documents, retired=False)
    return list(rows.order_by("document__order", "document", "order"))


def _documents(application: Application) -> list[Any]:
    level = application.result.programme.level
    return required_documents(level, kind=application.kind, issue=application.issue)


def may_check(by: User) -> bool:
    """Whether somebody looks at papers: whoever may object."""
    return bool(MOVES["object"].roles & by.roles)


def save_checks(
    tracking_id: str, *, by: User, ticks: dict[int, bool], at: datetime | None = None
) -> Application:
    """Keep what was found at some points, by their keys: right or not; one entry of the journal for all."""
    at = at or timezone.now()
    if not may_check(by):
        raise Refused(_("Your section does not look at papers."))
    with transaction.atomic():
        application = queries.locked(tracking_id, by=by)
        if application.state not in BEFORE_APPROVAL:
            raise _too_late(application)
        items = {item.pk: item for item in items_of(application)}
        before = {row.item_id: row.right for row in application.checked.all()}
        new = {pk: right for pk, right in ticks.items() if pk in items and before.get(pk) is not right}
        if new:
            _keep(application, new, by=by, at=at)
            said = {f"{items[pk].document_id}/{items[pk].order}": right for pk, right in new.items()}
            record(application.stream, "papers_checked", by=by, after={"checked": said}, at=at)
    return application


def _keep(application: Application, ticks: dict[int, bool], *, by: User, at: datetime) -> None:
    Checked.objects.bulk_create(
        (
            Checked(application=application, item_id=pk, right=right, by_name=by.display_name, at=at)
            for pk, right in ticks.items()
        ),
        update_conflicts=True,
        unique_fields=["application", "item"],
        update_fields=["right", "by_name", "at"],
    )


def sight_originals(
    tracking_id: str, *, by: User, documents: Collection[str], at: datetime | None = None
) -> Application:
    """Keep which required documents this office saw in the original; what it ticks no more, it takes back."""
    at = at or timezone.now()
    if not SIGHTERS & by.roles:
        raise Refused(_("Only a receipt counter or a regional office sights originals."))
    with transaction.atomic():
        application = queries.locked(tracking_id, by=by)
        if application.state not in BEFORE_APPROVAL:
            raise _too_late(application)
        needed = {row.pk for row in _documents(application)}
        seen = {row.requirement_id: row.office for row in application.sightings.all()}
        mine = {code for code, office in seen.items() if office == by.office}
        new = sorted(needed & set(documents) - seen.keys())
        gone = sorted(mine & needed - set(documents))
        if new or gone:
            application.sightings.filter(requirement__in=gone).delete()
            Sighting.objects.bulk_create(
                Sighting(
                    application=application,
                    requirement_id=code,
                    office=by.office,
                    by_name=by.display_name,
                    at=at,
                )
                for code in new
            )
            after = {"sighted": new, "taken_back": gone, "office": by.office}
            record(application.stream, "originals_sighted", by=by, after=after, at=at)
    return application


def suggested(
    findings: Iterable[Finding], checked: Iterable[Checked], reasons: Iterable[ObjectionReason]
) -> dict[str, str]:
    """By code of objection, why it is suggested: what the pre-flight found, and what was ticked not right.

    Of the ticks their points must have been read with them.
    """
    found: dict[str, str] = {}
    told = {finding.code: finding.text for finding in findings if finding.code}
    for reason in reasons:
        if reason.finding in told:
            found[reason.pk] = told[reason.finding]
    for row in checked:
        if not row.right and row.item.reason_id:
            found.setdefault(row.item.reason_id, row.item.text)
    return found


def refuse_defects(application: Application) -> None:
    """Refuse to call papers complete of which the clerk has said that something is not right."""
    wrong = Checked.objects.filter(application=application, right=False).select_related("item")
    if wrong:
        points = "; ".join(str(row.item.text) for row in wrong)
        raise Refused(
            _("Not right are: %(points)s. Raise the objection, or tick that it is complete all the same.")
            % {"points": points}
        )
