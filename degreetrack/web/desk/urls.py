"""The desk's addresses."""

from degreetrack.web.desk import sign_in_urls

app_name = "desk"
urlpatterns = [*sign_in_urls.urlpatterns]
