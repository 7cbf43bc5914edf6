"""A page that somebody handed in, as a response that no browser runs or keeps."""

from django.http import FileResponse

from degreetrack.documents.models import MediaType, Page
from degreetrack.documents.services import open_page


def page_response(page: Page) -> FileResponse:
    """Show a picture, hand a PDF down; neither may run, nor lie in a cache."""
    is_pdf = page.media_type == MediaType.PDF
    answer = FileResponse(
        open_page(page),
        as_attachment=is_pdf,
        filename=f"page-{page.pk}.{'pdf' if is_pdf else 'jpg'}",
        content_type=page.media_type,
    )
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Content-Security-Policy"] = "sandbox; default-src 'none'"
    answer["Cache-Control"] = "private, no-store"
    return answer
