"""The addresses before the desk's door, and of a person's own sessions."""

from django.urls import path

from degreetrack.web.desk import password_reset, sessions, sign_in

urlpatterns = [
    path("login/", sign_in.login, name="login"),
    path("logout/", sign_in.logout, name="logout"),
    path("password-reset/", password_reset.ask, name="password-reset"),
    path("password-reset/sent/", password_reset.sent, name="password-reset-sent"),
    path("password-reset/complete/", password_reset.complete, name="password-reset-complete"),
    path(
        "password-reset/<str:uidb64>/<str:token>/",
        password_reset.Confirm.as_view(),
        name="password-reset-confirm",
    ),
    path("sessions/", sessions.own, name="sessions"),
    path("sessions/<int:pk>/end/", sessions.end, name="session-end"),
]
