"""Who sees which figures: the Controller and audit all, a regional office its own, a section its stages."""

from dataclasses import dataclass, replace
from datetime import date, timedelta

from django.utils.translation import gettext as _

from degreetrack.accounts.models import Role, User
from degreetrack.applications.lifecycle import DESKS, State
from degreetrack.catalogue.models import Kind
from degreetrack.kit.refusals import Refused
from degreetrack.oversight.rollup_models import EVERYWHERE
from degreetrack.oversight.stages import monday

# Whole weeks before the one under way.
RANGES = (4, 13, 52)
ALL_STAGES = tuple(DESKS)
# What is signed is handed over at the counter as well as dispatched.
_COUNTER = {Role.RECEIPT: State.SIGNED, Role.REGIONAL: State.SIGNED}


@dataclass(frozen=True)
class Scope:
    """Of what, and since when, figures are asked for."""

    today: date
    weeks: int = 13
    office: str = EVERYWHERE
    kind: str = ""
    stages: tuple[State, ...] = ALL_STAGES
    section: str = ""

    @property
    def since(self) -> date:
        """The Monday from which it counts."""
        return monday(self.today) - timedelta(weeks=self.weeks)

    @property
    def whole(self) -> bool:
        """Whether it is the whole department's work, not one section's."""
        return self.stages == ALL_STAGES


def scope_of(user: User, *, today: date, weeks: str = "", office: str = EVERYWHERE, kind: str = "") -> Scope:
    """What this person may see of what they ask for; Refused where figures are not theirs to see."""
    if not user.roles & {Role.CONTROLLER, Role.AUDITOR, Role.SUPERVISOR, Role.REGIONAL}:
        raise Refused(_("Figures are for the Controller, audit, supervisors and regional offices."))
    asked = Scope(
        today=today,
        weeks=int(weeks) if weeks in {str(one) for one in RANGES} else 13,
        kind=kind if kind in Kind.values else "",
        office=user.office or office,
    )
    if user.office:
        return asked
    if user.roles & {Role.CONTROLLER, Role.AUDITOR}:
        return asked
    stages = tuple(
        state
        for state, role in DESKS.items()
        if role in user.roles or state in {_COUNTER.get(Role(one)) for one in user.roles}
    )
    if Role.SUPERVISOR not in user.roles or not stages:
        raise Refused(_("Your section has no stage of the work whose figures you could see."))
    return replace(asked, stages=stages, section=str(user.section_id))
