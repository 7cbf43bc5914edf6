"""What an applicant handed in, for the staff who may see an application of theirs."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from degreetrack.applications.queries import visible_to
from degreetrack.documents.models import Page
from degreetrack.journal.services import record
from degreetrack.web.desk.door import person, staff_only
from degreetrack.web.papers import page_response


@require_safe
@staff_only
def document_page(request: HttpRequest, page_pk: int) -> HttpResponse:
    """One page; the look is journalled."""
    page = get_object_or_404(Page.objects.select_related("document"), pk=page_pk)
    student_pk = page.document.student_id
    if not visible_to(person(request)).filter(result__student=student_pk).exists():
        raise Http404
    said = {"document": page.document_id, "page": page.pk}
    record(f"student/{student_pk}", "view_document", by=person(request), after=said)
    return page_response(page)
