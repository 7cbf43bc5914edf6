"""The steps of the form as the applicant reads them."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from degreetrack.applications.drafts import Part

LABELS: dict[Part, Promise] = {
    Part.PAPERS: _("Papers"),
    Part.DELIVERY: _("Delivery"),
    Part.NAMES: _("Names"),
    Part.FEE: _("Fee"),
}


@dataclass(frozen=True)
class Step:
    """One step: its name, and whether it is done or shown now."""

    part: Part
    label: str | Promise
    done: bool
    current: bool


def labelled(done: dict[Part, bool], *, current: Part) -> list[Step]:
    """Every step in order."""
    return [Step(part, LABELS[part], complete, part == current) for part, complete in done.items()]
