"""The API's addresses, version 1."""

from django.urls import path

from degreetrack.api import payments

app_name = "api"
urlpatterns = [
    path("payments/<slug:provider>/", payments.take, name="payment"),
]
