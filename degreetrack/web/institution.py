"""The institution, and the page that one reads, for every template."""

from urllib.parse import urlsplit

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


def here(request: HttpRequest) -> dict[str, str]:
    """Offer as `here_path` the address at which this page can be read again.

    What answers a form stands under the form's address, which nobody can open: there it is the page before.
    """
    if request.method in ("GET", "HEAD"):
        return {"here_path": request.get_full_path()}
    before = urlsplit(request.headers.get("Referer", ""))
    return {"here_path": before.path if before.path and before.netloc == request.get_host() else "/"}
