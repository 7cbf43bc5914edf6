"""The addresses before the desk's door, and of a person's own sessions."""

from django.urls import path

from degreetrack.web.desk import password_reset, second, security, sessions, sign_in

urlpatterns = [
    path("login/", sign_in.login, name="login"),
    path("login/second/", second.second, name="second"),
    path("login/passkey/", second.by_passkey_alone, name="login-passkey"),
    path("logout/", sign_in.logout, name="logout"),
    path("password-reset/", password_reset.ask, name="password-reset"),
    path("password-reset/sent/", password_reset.sent, name="password-reset-sent"),
    path("password-reset/complete/", password_reset.complete, name="password-reset-complete"),
    path(
        "password-reset/<str:uidb64>/<str:token>/",
        password_reset.Confirm.as_view(),
        name="password-reset-confirm",
    ),
    path("security/", security.home, name="security"),
    path("security/begin/", security.begin, name="second-begin"),
    path("security/app/", security.app, name="second-app"),
    path("security/passkey/", security.passkey, name="second-passkey"),
    path("security/codes/", security.codes, name="recovery-codes"),
    path("security/password/", security.password, name="password"),
    path("security/<int:pk>/remove/", security.remove, name="second-remove"),
    path("security/<int:pk>/name/", security.rename, name="second-name"),
    path("sessions/", sessions.own, name="sessions"),
    path("sessions/end-others/", sessions.end_others, name="sessions-end-others"),
    path("sessions/<int:pk>/end/", sessions.end, name="session-end"),
]
