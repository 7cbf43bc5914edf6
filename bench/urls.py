"""The product's addresses and one empty view."""

from django.http import HttpRequest, HttpResponse
from django.urls import path

from degreetrack.config.urls import urlpatterns as product


def empty(request: HttpRequest) -> HttpResponse:
    """The least that the server, the middleware and Django can answer."""
    return HttpResponse("ok")


handler500 = "degreetrack.web.troubles.server_error"
urlpatterns = [path("bench/empty/", empty), *product]
