"""The demo's own addresses."""

from django.urls import path

from degreetrack.web.demo import views

app_name = "demo"
urlpatterns = [
    path("", views.home, name="home"),
    path("pay/<str:number>/", views.pay, name="pay"),
    path("outbox/", views.outbox, name="outbox"),
]
