"""The API's addresses, version 1."""

from anymail.urls import urlpatterns as of_providers
from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path

from degreetrack.api import mail_events as mail_events  # listens to what anymail's webhooks tell
from degreetrack.api import payments, sms_events

app_name = "api"
# Those whose calls our secret alone proves; the others sign with keys that no setting of ours has.
PROVIDERS = {"amazon_ses", "brevo", "mailjet", "mailtrap", "postmark", "sparkpost"}
urlpatterns: list[URLPattern | URLResolver] = [
    path("payments/<slug:provider>/", payments.take, name="payment"),
    path("sms/<str:secret>/receipt/", sms_events.receipt, name="sms-receipt"),
    path("sms/<str:secret>/text/", sms_events.text, name="sms-text"),
]
if settings.ANYMAIL:
    # Without a secret anybody could tell of bounces.
    told = [one for one in of_providers if str(one.name).removesuffix("_tracking_webhook") in PROVIDERS]
    urlpatterns.append(path("mail/", include((told, "anymail"))))
