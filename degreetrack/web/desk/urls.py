"""The desk's addresses."""

from django.contrib.auth.views import LoginView
from django.urls import path

app_name = "desk"
urlpatterns = [path("login/", LoginView.as_view(template_name="desk/login.html"), name="login")]
