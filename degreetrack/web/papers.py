"""A page that somebody handed in, as a response that no browser runs or keeps."""

from django.http import HttpResponse

from degreetrack.documents.models import MediaType, Page
from degreetrack.documents.services import open_page

_SHOWN = {
    MediaType.JPEG: 'inline; filename="page-%s.jpg"',
    MediaType.PDF: 'attachment; filename="page-%s.pdf"',
}


def page_response(page: Page) -> HttpResponse:
    """Show a picture, hand a PDF down; neither may run, nor lie in a cache."""
    with open_page(page) as file:
        answer = HttpResponse(file.read(), content_type=page.media_type)
    answer["Content-Disposition"] = _SHOWN[MediaType(page.media_type)] % page.pk
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Content-Security-Policy"] = "sandbox; default-src 'none'"
    answer["Cache-Control"] = "private, no-store"
    return answer
