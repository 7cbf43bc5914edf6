"""Applicants sign in by a code, see and end their sessions, or prove who they are."""

import secrets

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from degreetrack.applicants import codes, contacts, sessions
from degreetrack.applications.drafts import applicant
from degreetrack.journal.services import record
from degreetrack.records.models import Student
from degreetrack.web.addresses import client_network
from degreetrack.web.browsers import named
from degreetrack.web.portal.door import ApplicantRequest, applicant_required
from degreetrack.web.portal.sign_in_forms import CodeForm, NumberForm, ProofForm
from degreetrack.web.rate_limits import Limit

# Who asks is bound before whom they ask for: else anybody could use up another's codes for an hour.
ASKS_BY_NETWORK_OF_NUMBER = Limit("code-network-number", 5, 3600)
ASKS_BY_NUMBER = Limit("code-number", codes.PER_ACCOUNT, 3600)
ASKS_BY_ADDRESS = Limit("code-address", 60, 600)
TRIES_BY_ADDRESS = Limit("code-tries", 60, 600)
PROOFS_BY_NUMBER = Limit("proof-number", 5, 3600)
PROOFS_BY_ADDRESS = Limit("proof-address", 20, 3600)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest) -> HttpResponse:
    """Ask for the number, send a code, go on to type it."""
    if sessions.current(request.session.session_key):
        return redirect("portal:home")
    form = NumberForm(request.POST if request.method == "POST" else None, auto_id="%s")
    if request.method == "POST" and form.is_valid():
        number = form.cleaned_data["number"]
        key, network = _key(number), client_network(request)
        wait = ASKS_BY_ADDRESS.hit(network) or ASKS_BY_NETWORK_OF_NUMBER.hit(f"{network}:{key}")
        # Counted alike for a number that nobody has, so that the page is honest and tells nothing.
        wait = wait or ASKS_BY_NUMBER.hit(key)
        if wait:
            return _too_many(request, wait)
        asker = request.session.get("asked", {}).get("asker") or secrets.token_hex(16)
        sent = codes.send(number, language=_language(), asker=asker)
        told = {"number": number, "mobile": sent.mobile, "email": sent.email, "asker": asker}
        request.session["asked"] = told
        return redirect("portal:code")
    return render(request, "portal/sign_in.html", {"form": form}, status=422 if form.errors else 200)


@sensitive_post_parameters("code")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def code(request: HttpRequest) -> HttpResponse:
    """Type the code; right, and this browser is signed in."""
    asked = request.session.get("asked")
    if not asked:
        return redirect("portal:sign-in")
    form = CodeForm(request.POST if request.method == "POST" else None, auto_id="%s")
    if request.method == "POST" and form.is_valid():
        wait = TRIES_BY_ADDRESS.hit(client_network(request))
        if wait:
            return _too_many(request, wait)
        student = codes.check(asked["number"], form.cleaned_data["code"], asker=asked["asker"])
        if student:
            return _let_in(request, student)
        told = _("This code is wrong or too old. Compare it with your SMS, or ask for a new one.")
        form.add_error("code", told)
    page = {"form": form, "asked": asked}
    return render(request, "portal/code.html", page, status=422 if form.errors else 200)


def _let_in(request: HttpRequest, student: Student) -> HttpResponse:
    onward = request.session.pop("onward", "")
    request.session.pop("asked")
    request.session.cycle_key()
    # Ends with the browser: the phone may be somebody else's tomorrow.
    request.session.set_expiry(0)
    request.session.save()
    browser = named(request.headers.get("User-Agent", ""))
    sessions.opened(student, session_key=request.session.session_key or "", browser=browser)
    return redirect(onward or "portal:home")


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session of this browser."""
    session = sessions.current(request.session.session_key)
    if session:
        record(contacts.stream(session.student), "sign_out", by=applicant(session.student))
        sessions.end(session.session_key)
    request.session.flush()
    return redirect("portal:sign-in")


@require_safe
@applicant_required
def own_sessions(request: ApplicantRequest) -> HttpResponse:
    """Where I am signed in."""
    rows = sessions.of(request.applicant.student)
    return render(request, "portal/sessions.html", {"rows": rows, "this": request.applicant.pk})


@require_POST
@applicant_required
def end_session(request: ApplicantRequest, pk: int) -> HttpResponse:
    """End one of my sessions."""
    student = request.applicant.student
    row = get_object_or_404(sessions.of(student), pk=pk)
    record(contacts.stream(student), "session_ended", by=applicant(student), before={"browser": row.browser})
    sessions.end(row.session_key)
    return redirect("portal:sessions")


@sensitive_post_parameters("cnic", "date_of_birth", "father_name")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def prove(request: HttpRequest) -> HttpResponse:
    """Give a new contact with proof of who one is; the answer never tells whether the proof was right."""
    asked = request.session.get("asked") or {}
    form = ProofForm(
        request.POST if request.method == "POST" else None,
        initial={"number": asked.get("number", "")},
        auto_id="%s",
    )
    if request.method == "POST" and form.is_valid():
        given = dict(form.cleaned_data)
        number = given.pop("number")
        wait = PROOFS_BY_NUMBER.hit(_key(number)) or PROOFS_BY_ADDRESS.hit(client_network(request))
        if wait:
            return _too_many(request, wait)
        contacts.claim(number, language=_language(), **given)
        return redirect("portal:proved")
    return render(request, "portal/prove.html", {"form": form}, status=422 if form.errors else 200)


@require_safe
def proved(request: HttpRequest) -> HttpResponse:
    """What happens with a new contact."""
    return render(request, "portal/proved.html")


def _key(number: str) -> str:
    return "".join(filter(str.isalnum, number.upper()))


def _language() -> str:
    return (get_language() or "en")[:2]


def _too_many(request: HttpRequest, wait: int) -> HttpResponse:
    answer = render(request, "portal/too_many.html", {"minutes": -(-wait // 60)}, status=429)
    answer["Retry-After"] = str(wait)
    return answer
