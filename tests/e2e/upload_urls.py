"""The portal's addresses, and one page with the form to hand in a paper."""

from django.shortcuts import render
from django.urls import path

from degreetrack.catalogue.models import RequiredDocument
from degreetrack.config.urls import urlpatterns as ours
from degreetrack.documents.services import standing
from degreetrack.web.portal.door import applicant_required


@applicant_required
def paper(request):
    """The form for the CNIC, with what stands."""
    requirement = RequiredDocument.objects.get(pk="cnic")
    found = standing(request.applicant.student, [requirement])
    page = {"requirement": requirement, "document": found.get("cnic"), "next": "/my/", "refusal": "-"}
    return render(request, "portal/upload.html", page)


urlpatterns = [path("my/", paper), *ours]
