"""The second step of signing in, and signing in by passkey alone."""

import time
from typing import cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.crypto import constant_time_compare
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from degreetrack.accounts import lockouts
from degreetrack.accounts.models import User
from degreetrack.web.addresses import client_address
from degreetrack.web.desk.letting_in import let_in, onward
from degreetrack.web.desk.proof import ask_passkey, by_code, by_passkey, count_failure, waiting_words
from degreetrack.web.desk.sign_in_forms import Remember
from degreetrack.web.rate_limits import Limit

HALF = "half"
HALF_SECONDS = 600
BY_ADDRESS = Limit("passkey", 60, 300)


def begin(request: HttpRequest, user: User, *, remember: str) -> HttpResponse:
    """The password was right: nobody is signed in yet, and the second step follows."""
    request.session[HALF] = {
        "user": user.pk,
        "at": int(time.time()),
        "remember": str(remember),
        "hash": user.get_session_auth_hash(),
    }
    return redirect(f"{reverse('desk:second')}?{urlencode({'next': onward(request)})}")


@sensitive_post_parameters("code")
@never_cache
@csrf_protect
@require_http_methods(["GET", "HEAD", "POST"])
def second(request: HttpRequest) -> HttpResponse:
    """Ask for the code or the passkey of whoever has typed the password."""
    user = _half_in(request)
    if user is None:
        return redirect(f"{reverse('desk:login')}?{urlencode({'next': onward(request)})}")
    problem, status = "", 200
    if request.method == "POST":
        address = client_address(request)
        wait = lockouts.begin(user.username, address=address)
        if wait:
            problem, status = waiting_words(wait), 429
        elif by_passkey(request, user) if request.POST.get("passkey") else by_code(request, user):
            remember = request.session.pop(HALF)["remember"]
            return let_in(request, user, remember=remember, second=True)
        else:
            count_failure(user.username, address=address)
            problem, status = _("This is not right. Try again."), 422
    page = {"problem": problem, "asked": ask_passkey(request, user)}
    return render(request, "desk/second.html", page, status=status)


@never_cache
@csrf_protect
@require_http_methods(["GET", "HEAD", "POST"])
def by_passkey_alone(request: HttpRequest) -> HttpResponse:
    """Sign in by a passkey, which proves the device and its owner at once."""
    if request.user.is_authenticated:
        return redirect(onward(request))
    problem, status = "", 200
    if request.method == "POST":
        wait = BY_ADDRESS.hit(client_address(request))
        factor = None if wait else by_passkey(request)
        if factor:
            request.session.pop(HALF, None)
            return let_in(request, cast(User, factor.user), remember=Remember.NOTHING, second=True)
        problem = (
            waiting_words(wait) if wait else _("This passkey is not known here. Sign in with your password.")
        )
        status = 429 if wait else 422
    page = {"problem": problem, "asked": ask_passkey(request)}
    return render(request, "desk/passkey_sign_in.html", page, status=status)


def _half_in(request: HttpRequest) -> User | None:
    """Whose password was typed in this browser, within ten minutes and before it changed."""
    half = request.session.get(HALF)
    if not half or time.time() - half["at"] > HALF_SECONDS:
        return None
    user = User.objects.filter(pk=half["user"], is_active=True).first()
    return user if user and constant_time_compare(user.get_session_auth_hash(), half["hash"]) else None
