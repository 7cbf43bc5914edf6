"""Staff sign in and out."""

from typing import cast

from django.contrib import auth
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from degreetrack.accounts import factors, lockouts, sessions
from degreetrack.accounts.models import User
from degreetrack.journal.services import record
from degreetrack.web import captcha
from degreetrack.web.addresses import client_address
from degreetrack.web.desk import second
from degreetrack.web.desk.letting_in import let_in, onward, remembered_name
from degreetrack.web.desk.owner_news import stream
from degreetrack.web.desk.proof import count_failure
from degreetrack.web.desk.sign_in_forms import Remember, SignInForm


@sensitive_post_parameters("password")
@never_cache
@csrf_protect
@require_http_methods(["GET", "HEAD", "POST"])
def login(request: HttpRequest) -> HttpResponse:
    """The sign-in page; a person who is signed in goes straight on."""
    if request.user.is_authenticated:
        return redirect(onward(request))
    form = _form(request)
    if request.method == "POST" and form.is_valid():
        username, address = form.cleaned_data["username"], client_address(request)
        wait = lockouts.begin(username, address=address)
        if wait:
            return too_many_tries(request, wait=wait)
        found = auth.authenticate(request, username=username, password=form.cleaned_data["password"])
        if found:
            user, remember = cast(User, found), form.cleaned_data["remember"]
            if factors.has_any(user):
                return second.begin(request, user, remember=remember)
            return let_in(request, user, remember=remember, second=False)
        count_failure(username, address=address)
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
    username = remembered_name(request)
    chosen = Remember.USERNAME if username else Remember.NOTHING
    return SignInForm(
        request.POST if request.method == "POST" else None,
        initial={"username": username, "remember": chosen},
        auto_id="%s",
    )
