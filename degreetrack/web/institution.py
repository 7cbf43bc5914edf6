"""The institution, for every template."""

from django.http import HttpRequest

from degreetrack.catalogue.models import Institution


def institution(request: HttpRequest) -> dict[str, Institution | None]:
    """Offer the one institution's row as `institution`; None before it is loaded."""
    return {"institution": Institution.objects.first()}
