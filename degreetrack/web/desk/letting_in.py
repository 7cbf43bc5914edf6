"""Letting a person in: the session begins, the browser is remembered, the owner of the account is told."""

from datetime import timedelta

from django.conf import settings
from django.contrib import auth
from django.core import signing
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from degreetrack.accounts import factors, lockouts, sessions
from degreetrack.accounts.models import User
from degreetrack.journal.services import record
from degreetrack.web.addresses import client_address
from degreetrack.web.browsers import named
from degreetrack.web.desk.owner_news import happened, stream
from degreetrack.web.desk.sign_in_forms import Remember

BACKEND = "django.contrib.auth.backends.ModelBackend"
NAME_COOKIE = "staff_name"
KNOWN_COOKIE = "staff_browser"
LASTS = timedelta(days=365)
MOST_KNOWN = 20


def let_in(request: HttpRequest, user: User, *, remember: str, second: bool) -> HttpResponse:
    """Begin the session under a new key, and send the person to where they wanted to go."""
    # Who decides over others' work signs in every day.
    lasting = remember == Remember.SESSION and not factors.must_have(user)
    browser, address = named(request.headers.get("User-Agent", "")), client_address(request)
    known = _known(request)
    with transaction.atomic():
        lockouts.succeeded(user.username, address=address)
        first = user.last_login is None
        auth.login(request, user, backend=BACKEND)
        request.session.set_expiry(sessions.LASTING_SECONDS if lasting else 0)
        sessions.begin(request.session, second=second, lasting=lasting)
        request.session.save()
        key = request.session.session_key or ""
        sessions.opened(user, session_key=key, browser=browser, lasting=lasting, address=address)
        how = {"address": address, "browser": browser} | ({"second_factor": True} if second else {})
        record(stream(user), "sign_in", by=user, after=how)
        if user.pk not in known and not first:
            happened(user, "new_browser", browser=browser or "?")
    response = redirect(onward(request))
    _set(response, NAME_COOKIE, user.username if remember == Remember.USERNAME else "", reverse("desk:login"))
    _set(response, KNOWN_COOKIE, [user.pk, *(pk for pk in known if pk != user.pk)][:MOST_KNOWN], "/staff/")
    return response


def onward(request: HttpRequest) -> str:
    """Where to go after signing in: never to another site."""
    wanted = request.GET.get("next", "")
    safe = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if safe else settings.LOGIN_REDIRECT_URL


def remembered_name(request: HttpRequest) -> str:
    """The name that this browser was asked to remember."""
    return str(_read(request, NAME_COOKIE) or "")


def _known(request: HttpRequest) -> list[int]:
    """Who has signed in with this browser before."""
    told = _read(request, KNOWN_COOKIE)
    return told if isinstance(told, list) else []


def _read(request: HttpRequest, cookie: str) -> object:
    try:
        return signing.loads(request.COOKIES.get(cookie, ""), salt=cookie, max_age=LASTS)
    except signing.BadSignature:
        return None


def _set(response: HttpResponse, cookie: str, value: object, path: str) -> None:
    if not value:
        response.delete_cookie(cookie, path=path, samesite="Lax")
        return
    response.set_cookie(
        cookie,
        signing.dumps(value, salt=cookie),
        max_age=LASTS,
        path=path,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
