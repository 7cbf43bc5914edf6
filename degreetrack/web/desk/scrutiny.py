"""What the pages of a case show for scrutiny: papers, checklists, originals, objections to choose from."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict

from degreetrack.accounts.models import Role, User
from degreetrack.applications import checklists, custody, proposals, queries
from degreetrack.applications.lifecycle import BEFORE_APPROVAL
from degreetrack.applications.models import Application, Checked, Sighting
from degreetrack.applications.preflight import Finding
from degreetrack.catalogue.models import ChecklistItem, ObjectionReason, RequiredDocument
from degreetrack.catalogue.services import region_name
from degreetrack.documents.models import Document


@dataclass(frozen=True)
class Paper:
    """One required document with all that is known of it."""

    requirement: RequiredDocument
    document: Document | None
    points: list[tuple[ChecklistItem, Checked | None]]
    sighting: Sighting | None
    sighted_at: str


@dataclass(frozen=True)
class Offered:
    """One reason of the catalogue, as the form offers it."""

    reason: ObjectionReason
    suggested: str
    ticked: bool

    @property
    def group(self) -> str:
        """The heading under which it stands."""
        return self.reason.get_group_display()


def scrutiny_of(
    application: Application,
    user: User,
    *,
    given: Iterable[tuple[RequiredDocument, Document | None]],
    findings: Iterable[Finding],
    posted: QueryDict,
) -> dict[str, Any]:
    """The part of a case's page that scrutiny works with."""
    checked = list(application.checked.select_related("item"))
    supervisor = Role.SUPERVISOR in user.roles
    later = queries.is_later_round(application)
    early = application.state in BEFORE_APPROVAL
    return {
        "papers": _papers(application, given, checked),
        "defects": [row for row in checked if not row.right],
        "offered": _offered(findings, checked, posted),
        "may_check": early and checklists.may_check(user),
        "may_sight": early and bool(checklists.SIGHTERS & user.roles),
        "my_office": user.office,
        "later": later,
        "must_propose": later and not supervisor,
        "proposal": proposals.last_proposal(application),
        "where": custody.where(application),
    }


def ticks_of(posted: QueryDict) -> dict[int, bool]:
    """What was ticked at the points of the checklists, by their keys: right or not."""
    return {
        int(name.removeprefix("point-")): value == "right"
        for name, value in posted.items()
        if name.startswith("point-")
        and len(name) < 24
        and name.removeprefix("point-").isdecimal()
        and value in ("right", "wrong")
    }


def _papers(
    application: Application,
    given: Iterable[tuple[RequiredDocument, Document | None]],
    checked: list[Checked],
) -> list[Paper]:
    found = {row.item_id: row for row in checked}
    seen = {row.requirement_id: row for row in application.sightings.all()}
    points: dict[str, list[tuple[ChecklistItem, Checked | None]]] = {}
    for item in checklists.items_of(application):
        points.setdefault(item.document_id, []).append((item, found.get(item.pk)))
    papers = []
    for requirement, document in given:
        sighting = seen.get(requirement.pk)
        office = region_name(sighting.office) if sighting and sighting.office else ""
        papers.append(Paper(requirement, document, points.get(requirement.pk, []), sighting, office))
    return papers


def _offered(findings: Iterable[Finding], checked: list[Checked], posted: QueryDict) -> list[Offered]:
    reasons = list(ObjectionReason.objects.filter(retired=False))
    why = checklists.suggested(findings, checked, reasons)
    chosen = set(posted.getlist("objection"))
    return [Offered(reason, why.get(reason.pk, ""), reason.pk in (chosen or why)) for reason in reasons]
