"""Staff sign in and out."""

from datetime import timedelta
from typing import cast

from django.conf import settings
from django.contrib import auth
from django.core import signing
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from degreetrack.accounts import lockouts, sessions
from degreetrack.accounts.models import User
from degreetrack.journal.services import record
from degreetrack.web import captcha
from degreetrack.web.addresses import client_address
from degreetrack.web.browsers import named
from degreetrack.web.desk.owner_news import stream, tell_of_lockout
from degreetrack.web.desk.sign_in_forms import Remember, SignInForm
from degreetrack.web.troubles import told_when_busy

NAME_COOKIE = "staff_name"
NAME_LASTS = timedelta(days=365)


@sensitive_post_parameters("password")
@never_cache
@told_when_busy
@csrf_protect
@require_http_methods(["GET", "HEAD", "POST"])
def login(request: HttpRequest) -> HttpResponse:
    """The sign-in page; a person who is signed in goes straight on."""
    if request.user.is_authenticated:
        return redirect(_onward(request))
    form = _form(request)
    if request.method == "POST" and form.is_valid():
        username, address = form.cleaned_data["username"], client_address(request)
        wait = lockouts.begin(username, address=address)
        if wait:
            return too_many_tries(request, wait=wait)
        user = auth.authenticate(request, username=username, password=form.cleaned_data["password"])
        if user:
            return _let_in(request, cast(User, user), remember=form.cleaned_data["remember"])
        with transaction.atomic():
            locked_until = lockouts.failed(username, address=address)
            if locked_until:
                tell_of_lockout(lockouts.owners(username), until=locked_until, address=address)
        form.add_error("username", _("The username or the password is wrong."))
    return render(request, "desk/login.html", {"form": form, "captcha": captcha.new()})


@never_cache
@csrf_protect
@require_POST
def logout(request: HttpRequest) -> HttpResponse:
    """End the session of this browser."""
    if request.user.is_authenticated:
        user = cast(User, request.user)
        with transaction.atomic():
            record(stream(user), "sign_out", by=user)
            sessions.end(request.session.session_key or "")
            auth.logout(request)
    return redirect("desk:login")


def too_many_tries(request: HttpRequest, *, wait: int) -> HttpResponse:
    """Say how long to wait, the same whether the account exists or not."""
    page = {"minutes": -(-wait // 60)}
    answer = render(request, "desk/login_locked.html", page, status=429)
    answer["Retry-After"] = str(wait)
    return answer


def _form(request: HttpRequest) -> SignInForm:
    username = _remembered_name(request)
    chosen = Remember.USERNAME if username else Remember.NOTHING
    return SignInForm(
        request.POST if request.method == "POST" else None,
        initial={"username": username, "remember": chosen},
        auto_id="%s",
    )


def _let_in(request: HttpRequest, user: User, *, remember: Remember) -> HttpResponse:
    lasting = remember == Remember.SESSION
    browser, address = named(request.headers.get("User-Agent", "")), client_address(request)
    with transaction.atomic():
        lockouts.succeeded(user.username, address=address)
        auth.login(request, user)
        request.session.set_expiry(sessions.LASTING_SECONDS if lasting else 0)
        request.session.save()
        key = request.session.session_key or ""
        sessions.opened(user, session_key=key, browser=browser, lasting=lasting)
        record(stream(user), "sign_in", by=user, after={"address": address, "browser": browser})
    response = redirect(_onward(request))
    _remember_name(response, user.username if remember == Remember.USERNAME else "")
    return response


def _remember_name(response: HttpResponse, username: str) -> None:
    path = reverse("desk:login")
    if not username:
        response.delete_cookie(NAME_COOKIE, path=path, samesite="Lax")
        return
    response.set_cookie(
        NAME_COOKIE,
        signing.dumps(username, salt=NAME_COOKIE),
        max_age=NAME_LASTS,
        path=path,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def _remembered_name(request: HttpRequest) -> str:
    try:
        return str(signing.loads(request.COOKIES.get(NAME_COOKIE, ""), salt=NAME_COOKIE, max_age=NAME_LASTS))
    except signing.BadSignature:
        return ""


def _onward(request: HttpRequest) -> str:
    """Where to go after signing in: never to another site."""
    wanted = request.GET.get("next", "")
    safe = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if safe else settings.LOGIN_REDIRECT_URL
