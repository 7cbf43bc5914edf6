"""Fresh proof: what does much at once is done by who has just shown that it is they.

The page that asks stands under the address of what was asked for, and carries what was typed there,
sealed; once the proof is given the step goes on as if nothing had been between.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from django.db import transaction
from django.http import HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from degreetrack.accounts import factors, lockouts, passkeys, sessions, vault
from degreetrack.accounts.factor_models import RecoveryCode
from degreetrack.accounts.models import User
from degreetrack.journal.services import record
from degreetrack.web.addresses import client_address
from degreetrack.web.desk.owner_news import happened, stream, tell_of_lockout

CARRIED_SECONDS = 3600
CHALLENGE = "challenge"


def fresh_proof(
    view: Callable[..., HttpResponseBase] | None = None,
    *,
    when: Callable[[HttpRequest], bool] = lambda _r: True,
) -> Any:
    """Ask for proof first where the last one is too old; outermost among a view's decorators."""
    if view is None:
        return lambda view: fresh_proof(view, when=when)

    @wraps(view)
    def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        asked = ask_if_stale(request) if request.user.is_authenticated and when(request) else None
        return asked or view(request, *args, **kwargs)

    return inner


def ask_if_stale(request: HttpRequest) -> HttpResponse | None:
    """The page that asks for proof; None where what was asked for may go on."""
    user = cast(User, request.user)
    if "carried" in request.POST:
        return _answered(request, user)
    if _is_fresh(request, user):
        return None
    carried = request.POST.urlencode() if request.method == "POST" else ""
    return _page(request, user, vault.seal(carried, purpose=_purpose(request, user)))


def _is_fresh(request: HttpRequest, user: User) -> bool:
    """A session from before the first factor was set up has not shown it yet."""
    session = request.session
    return sessions.is_fresh(session) and (sessions.has_second(session) or not factors.has_any(user))


def carries(request: HttpRequest) -> QueryDict:
    """What a form holds, also while the page that asks for proof carries it."""
    if "carried" not in request.POST:
        return request.POST
    try:
        return QueryDict(_unsealed(request, cast(User, request.user)))
    except vault.Broken:
        return QueryDict()


def _answered(request: HttpRequest, user: User) -> HttpResponse | None:
    sealed = request.POST["carried"]
    try:
        carried = _unsealed(request, user)
    except vault.Broken:
        # Nothing can go on from here but the page itself.
        return redirect(request.get_full_path())
    # Whoever presses twice has given the proof already.
    problem, status = ("", 200) if _is_fresh(request, user) else proved(request, user)
    if problem:
        return _page(request, user, sealed, problem=problem, status=status)
    if not carried:
        return redirect(request.get_full_path())
    request.POST = QueryDict(carried)
    return None


def _unsealed(request: HttpRequest, user: User) -> str:
    return vault.unseal(request.POST["carried"], purpose=_purpose(request, user), seconds=CARRIED_SECONDS)


def _purpose(request: HttpRequest, user: User) -> str:
    """What is carried goes on as the same person at the same address, or not at all."""
    return f"carried {user.pk} {request.get_full_path()}"


def _page(
    request: HttpRequest, user: User, sealed: str, *, problem: str = "", status: int = 403
) -> HttpResponse:
    page = {
        "carried": sealed,
        "problem": problem,
        "has_factors": factors.has_any(user),
        "asked": ask_passkey(request, user) if request.user.is_authenticated else None,
    }
    answer = render(request, "desk/proof.html", page, status=status)
    answer["Cache-Control"] = "no-store, private"
    return answer


def proved(request: HttpRequest, user: User) -> tuple[str, int]:
    """Try the password with the second factor, or a passkey; tell what is wrong, and the status for it."""
    address = client_address(request)
    wait = lockouts.begin(user.username, address=address)
    if wait:
        return waiting_words(wait), 429
    if not _shown(request, user):
        count_failure(user.username, address=address)
        return _("This is not right. Try again."), 422
    lockouts.succeeded(user.username, address=address)
    with transaction.atomic():
        sessions.prove(request.session, second=factors.has_any(user))
        sessions.renew(request.session)
        record(stream(user), "proved", by=user)
    return "", 200


def _shown(request: HttpRequest, user: User) -> bool:
    if request.POST.get("passkey"):
        return by_passkey(request, user) is not None
    if not user.check_password(request.POST.get("password", "")[:200]):
        return False
    return not factors.has_any(user) or by_code(request, user)


def by_code(request: HttpRequest, user: User) -> bool:
    """Whether the typed code proves the person; a recovery code is told to its owner."""
    found = factors.proved_by(user, request.POST.get("code", ""))
    if isinstance(found, RecoveryCode):
        happened(user, "recovery_code_used", left=factors.codes_left(user))
    return found is not None


def ask_passkey(request: HttpRequest, user: User | None = None) -> passkeys.Asked | None:
    """Ask the browser for a passkey where it can have one; the session holds the challenge for one try."""
    at = place(request)
    if not at.is_possible or (user and not user.factors.filter(kind="passkey").exists()):
        return None
    asked = passkeys.ask(at=at, user=user)
    request.session[CHALLENGE] = asked.challenge
    return asked


def by_passkey(request: HttpRequest, user: User | None = None) -> Any:
    """The passkey that the browser's answer proves, or None; a challenge serves once."""
    challenge = request.session.pop(CHALLENGE, "")
    if not challenge:
        return None
    return passkeys.proved_by(
        request.POST.get("passkey", ""), challenge=challenge, at=place(request), user=user
    )


def place(request: HttpRequest) -> passkeys.Place:
    """This site as the browser knows it; ALLOWED_HOSTS says which names it may have."""
    host = request.get_host()
    name, colon, port = host.rpartition(":")
    return passkeys.Place(f"{request.scheme}://{host}", name if colon and port.isdecimal() else host)


def count_failure(username: str, *, address: str) -> None:
    """Count a wrong answer; tell the owner of a lock that it brings."""
    with transaction.atomic():
        until = lockouts.failed(username, address=address)
        if until:
            tell_of_lockout(lockouts.owners(username), until=until, address=address)


def waiting_words(wait: int) -> str:
    """How long nothing can be proved."""
    minutes = -(-wait // 60)
    told = ngettext(
        "Too many tries. Wait %(minutes)s minute, then go on here.",
        "Too many tries. Wait %(minutes)s minutes, then go on here.",
        minutes,
    )
    return told % {"minutes": minutes}
