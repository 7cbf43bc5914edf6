"""The institution, for every template."""

from django.http import HttpRequest

from degreetrack.catalogue import services
from degreetrack.catalogue.models import Institution
from degreetrack.kit.refusals import Refused


def institution(request: HttpRequest) -> dict[str, Institution | None]:
    """Offer the one institution's row as `institution`; None before it is loaded."""
    try:
        return {"institution": services.institution()}
    except Refused:
        return {"institution": None}
