"""The applicant takes their own data with them."""

import tempfile

from django.http import FileResponse, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from degreetrack.applications.drafts import applicant
from degreetrack.keeping import export
from degreetrack.web.portal.door import ApplicantRequest, applicant_required
from degreetrack.web.rate_limits import Limit

TAKEN = Limit("own-data", 5, 24 * 3600)


@never_cache
@require_POST
@applicant_required
def take(request: ApplicantRequest) -> HttpResponse | FileResponse:
    """Everything that is kept of them, as one file; the journal says that they took it."""
    student = request.applicant.student
    if wait := TAKEN.hit(str(student.pk)):
        page = {"minutes": -(-wait // 60)}
        answer = render(request, "portal/too_many.html", page, status=429)
        answer["Retry-After"] = str(wait)
        return answer
    file = tempfile.SpooledTemporaryFile(max_size=1 << 20)  # noqa: SIM115 - the response closes it
    export.write(student, file, by=applicant(student))
    file.seek(0)
    return FileResponse(file, as_attachment=True, filename="my-data.zip", content_type="application/zip")
