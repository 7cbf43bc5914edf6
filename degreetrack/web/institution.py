"""The institution, and the page that one reads, for every template."""

from urllib.parse import urlsplit

from django.http import HttpRequest

from degreetrack.catalogue.models import Institution


def institution(request: HttpRequest) -> dict[str, Institution | None]:
    """Offer the one institution's row as `institution`; None before it is loaded."""
    return {"institution": Institution.objects.first()}


def here(request: HttpRequest) -> dict[str, str]:
    """Offer as `here` the address at which this page can be read again.

    What answers a form stands under the form's address, which nobody can open: there it is the page before.
    """
    if request.method in ("GET", "HEAD"):
        return {"here": request.get_full_path()}
    before = urlsplit(request.headers.get("Referer", ""))
    return {"here": before.path if before.path and before.netloc == request.get_host() else "/"}
