"""A person's own security: second factors, recovery codes, the password."""

from typing import Any, cast

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.decorators import login_required
from django.contrib.auth.forms import PasswordChangeForm
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from degreetrack.accounts import factors, lockouts, passkeys, sessions, totp, vault
from degreetrack.accounts.factor_models import Factor
from degreetrack.accounts.models import StaffSession
from degreetrack.catalogue.models import Institution
from degreetrack.journal.services import record
from degreetrack.kit.refusals import Refused
from degreetrack.web.addresses import client_address
from degreetrack.web.desk.door import person
from degreetrack.web.desk.letting_in import onward
from degreetrack.web.desk.owner_news import happened, stream
from degreetrack.web.desk.proof import CHALLENGE, count_failure, fresh_proof, place, waiting_words
from degreetrack.web.desk.qr import drawn

SHOWN_SECONDS = 3600


@never_cache
@login_required
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """What I prove myself by."""
    user = person(request)
    page = {
        "rows": list(user.factors.all()),
        "left": factors.codes_left(user),
        "must": factors.must_have(user),
    }
    return render(request, "desk/security.html", page)


@never_cache
@fresh_proof
@login_required
@require_safe
def begin(request: HttpRequest) -> HttpResponse:
    """Before anything else: set up a second factor, or prove by one set up in another browser."""
    if sessions.has_second(request.session):
        return redirect(onward(request))
    page = {"next": onward(request), "passkeys": place(request).is_possible}
    return render(request, "desk/second_begin.html", page)


@never_cache
@sensitive_post_parameters()
@fresh_proof
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def app(request: HttpRequest) -> HttpResponse:
    """Set up an authenticator app: its secret to scan or type, then the code that it shows."""
    user, problem = person(request), ""
    purpose = f"new app of {user.pk}"
    sealed = request.POST.get("sealed") or vault.seal(totp.new_secret(), purpose=purpose)
    try:
        secret = vault.unseal(sealed, purpose=purpose, seconds=SHOWN_SECONDS)
    except vault.Broken:
        return redirect("desk:second-app")
    if request.method == "POST":
        try:
            with transaction.atomic():
                code, name = request.POST.get("code", ""), request.POST.get("name", "")
                return _added(request, factors.add_app(user, secret=secret, code=code, name=name))
        except Refused as refused:
            problem = str(refused)
    address = totp.address(secret, account=user.username, issuer=_site(request))
    page = {
        "sealed": sealed,
        "secret": " ".join(secret[at : at + 4] for at in range(0, len(secret), 4)),
        "qr": drawn(address, label=_("QR code for the authenticator app")),
        "problem": problem,
        "typed": request.POST,
    }
    return render(request, "desk/second_app.html", page, status=422 if problem else 200)


@never_cache
@fresh_proof
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def passkey(request: HttpRequest) -> HttpResponse:
    """Make a passkey on this device."""
    user, at, problem = person(request), place(request), ""
    challenge = request.session.pop(CHALLENGE, "")
    if request.method == "POST" and challenge:
        answer, name = request.POST.get("passkey", ""), request.POST.get("name", "")
        try:
            with transaction.atomic():
                return _added(request, passkeys.add(user, answer, challenge=challenge, at=at, name=name))
        except Refused as refused:
            problem = str(refused)
    asked = passkeys.ask_new(user, at=at, site=_site(request)) if at.is_possible else None
    if asked:
        request.session[CHALLENGE] = asked.challenge
    page = {"asked": asked, "problem": problem, "typed": request.POST}
    return render(request, "desk/second_passkey.html", page, status=422 if problem else 200)


def _added(request: HttpRequest, factor: Factor) -> HttpResponse:
    """Tell its owner; with the first factor come recovery codes, shown this once."""
    user = person(request)
    happened(user, "factor_added", name=factor.name, kind=factor.kind)
    sessions.prove(request.session, second=True)
    if factors.codes_left(user) == 0:
        return _codes_shown(request)
    messages.success(request, _("The second factor is set up."))
    return redirect("desk:security")


def _codes_shown(request: HttpRequest) -> HttpResponse:
    user = person(request)
    codes = factors.new_codes(user)
    happened(user, "recovery_codes_made")
    return render(request, "desk/recovery_codes.html", {"codes": codes, "next": onward(request)})


@never_cache
@fresh_proof
@login_required
@require_POST
def codes(request: HttpRequest) -> HttpResponse:
    """Make new recovery codes and show them this once."""
    if not factors.has_any(person(request)):
        messages.error(request, _("Set up an authenticator app or a passkey first."))
        return redirect("desk:security")
    with transaction.atomic():
        return _codes_shown(request)


@never_cache
@fresh_proof
@login_required
@require_POST
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    """End one of my second factors."""
    factor = get_object_or_404(Factor, pk=pk, user=person(request))
    try:
        with transaction.atomic():
            factors.remove(factor)
            happened(person(request), "factor_removed", name=factor.name, kind=factor.kind)
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("The second factor is removed."))
    return redirect("desk:security")


@never_cache
@login_required
@require_POST
def rename(request: HttpRequest, pk: int) -> HttpResponse:
    """Call one of my second factors by another name."""
    factor, user = get_object_or_404(Factor, pk=pk, user=person(request)), person(request)
    name = request.POST.get("name", "").strip()[:60]
    if name and name != factor.name:
        with transaction.atomic():
            record(
                stream(user), "factor_renamed", by=user, before={"name": factor.name}, after={"name": name}
            )
            Factor.objects.filter(pk=factor.pk).update(name=name)
    return redirect("desk:security")


@never_cache
@sensitive_post_parameters()
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def password(request: HttpRequest) -> HttpResponse:
    """Change my password: the other browsers are signed out."""
    user, address = person(request), client_address(request)
    form: Any = PasswordChangeForm(user, request.POST if request.method == "POST" else None, auto_id="%s")
    for field in form.fields.values():
        field.widget.attrs["dir"] = "ltr"
    if request.method == "POST":
        wait = lockouts.begin(user.username, address=address)
        if wait:
            form.add_error("old_password", waiting_words(wait))
        elif form.is_valid():
            _changed(request, form)
            return redirect("desk:security")
        elif "old_password" in form.errors:
            count_failure(user.username, address=address)
    return render(request, "desk/password.html", {"form": form})


def _changed(request: HttpRequest, form: Any) -> None:
    user, key = person(request), request.session.session_key or ""
    with transaction.atomic():
        form.save()
        lockouts.succeeded(user.username, address=client_address(request))
        happened(user, "password_changed")
        sessions.end_all(user, but=key)
        # This browser goes on, under a new key.
        update_session_auth_hash(request, user)
        StaffSession.objects.filter(session_key=key).update(
            session_key=cast(str, request.session.session_key)
        )
    messages.success(request, _("The new password holds. Your other browsers are signed out."))


def _site(request: HttpRequest) -> str:
    """The name under which apps and devices keep what they are given."""
    institution = Institution.objects.first()
    return institution.short_name_en if institution else request.get_host()
