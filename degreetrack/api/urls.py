"""The API's addresses, version 1."""

from django.conf import settings
from django.urls import path

from degreetrack.api import mail_events, payments, sms_events

app_name = "api"
urlpatterns = [
    path("payments/<slug:provider>/", payments.take, name="payment"),
    path("sms/<str:secret>/receipt/", sms_events.receipt, name="sms-receipt"),
    path("sms/<str:secret>/text/", sms_events.text, name="sms-text"),
]
if settings.ANYMAIL:
    # Without a secret anybody could tell of bounces.
    urlpatterns.append(path("mail/<slug:provider>/tracking/", mail_events.take, name="mail"))
