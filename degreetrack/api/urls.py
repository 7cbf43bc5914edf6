"""The API's addresses, version 1."""

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path

from degreetrack.api import mail_events as mail_events  # listens to what anymail's webhooks tell
from degreetrack.api import payments, sms_events

app_name = "api"
urlpatterns: list[URLPattern | URLResolver] = [
    path("payments/<slug:provider>/", payments.take, name="payment"),
    path("sms/<str:secret>/receipt/", sms_events.receipt, name="sms-receipt"),
    path("sms/<str:secret>/text/", sms_events.text, name="sms-text"),
]
if settings.ANYMAIL:
    # Without a secret anybody could tell of bounces.
    urlpatterns.append(path("mail/", include("anymail.urls")))
