"""The public addresses: no sign-in."""

from django.urls import path

from degreetrack.web.public import figures, metrics, stop, views

app_name = "public"
urlpatterns = [
    path("", views.home, name="home"),
    path("in-process/", views.in_process, name="in_process"),
    path("incomplete/", views.incomplete, name="incomplete"),
    path("status/<str:tracking_id>/", views.status, name="status"),
    path("apply/", views.apply, name="apply"),
    path("verify/", views.verify, name="verify"),
    path("figures/", figures.figures, name="figures"),
    path("language/<str:code>/", views.language, name="language"),
    path("stop/<str:token>/", stop.stop, name="stop"),
    path("crest.svg", views.crest, name="crest"),
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
    path("metrics", metrics.metrics, name="metrics"),
]
