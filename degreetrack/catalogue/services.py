"""What the university publishes, for the rooms above."""

import re
from datetime import date
from pathlib import Path

from django.utils.translation import gettext as _

from degreetrack.catalogue.loader import load
from degreetrack.catalogue.models import (
    Holiday,
    Institution,
    IntakeRoute,
    Level,
    Region,
    RequiredDocument,
    Target,
)
from degreetrack.kit.refusals import Refused
from degreetrack.kit.remembering import remembered


def load_institution(directory: Path, *, overwrite: bool = False) -> dict[str, int]:
    """Load a folder, safe to repeat; with any fault raise LoadFaults and write nothing."""
    return load(directory, overwrite=overwrite)


@remembered
def institution() -> Institution:
    """The one institution."""
    found = Institution.objects.first()
    if found is None:
        raise Refused(_("No institution is loaded yet: run “degreetrack load-institution DIR”."))
    return found


def holidays() -> set[date]:
    """Every day on which the university is closed besides weekends."""
    return set(Holiday.objects.values_list("day", flat=True))


def targets() -> list[Target]:
    """In how many working days a file is to leave each stage, by kind and urgency."""
    return list(Target.objects.all())


def region_name(code: str) -> str:
    """The name of a regional office; its code where the catalogue knows it no more."""
    region = Region.objects.filter(pk=code).first()
    return region.name if region else code


def required_documents(level: Level, *, kind: str, issue: str) -> list[RequiredDocument]:
    """The documents that such an application needs, in order."""
    return list(
        RequiredDocument.objects.filter(
            from_rank__lte=level.rank, to_rank__gte=level.rank, kind__in=["", kind], issue__in=["", issue]
        )
    )


def route_of(registration_no: str) -> IntakeRoute | None:
    """The route of a student's intake, by the year in the registration number; None where none is set."""
    found = re.match(institution().intake_pattern, registration_no)
    if not found:
        return None
    year = int(found[1])
    # Two digits mean the nearest such year that is not in the future.
    year += 0 if year > 99 else date.today().year // 100 * 100
    year -= 100 if year > date.today().year else 0
    return IntakeRoute.objects.filter(from_year__lte=year).order_by("-from_year").first()
