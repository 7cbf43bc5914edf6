"""Every address."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path

handler500 = "degreetrack.web.troubles.server_error"
urlpatterns = [
    path("", include("degreetrack.web.public.urls")),
    path("captcha/", include("degreetrack.web.captcha")),
    path("my/", include("degreetrack.web.portal.urls")),
    path("my/documents/", include("degreetrack.web.portal.urls_documents")),
    path("api/v1/", include("degreetrack.api.urls")),
    path("staff/", include("degreetrack.web.desk.urls")),
    path("admin/", admin.site.urls),
]
if settings.DEMO:
    urlpatterns.append(path("demo/", include("degreetrack.web.demo.urls")))
