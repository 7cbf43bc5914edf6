"""A person's own sessions: where they are signed in, each with a button to end it."""

from typing import cast

from django.contrib import auth
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from degreetrack.accounts import sessions
from degreetrack.accounts.models import User
from degreetrack.journal.services import record
from degreetrack.web.desk.owner_news import stream


@login_required
@never_cache
@require_safe
def own(request: HttpRequest) -> HttpResponse:
    """Where I am signed in."""
    rows = sessions.of(cast(User, request.user))
    return render(request, "desk/sessions.html", {"rows": rows, "this": request.session.session_key})


@login_required
@never_cache
@require_POST
def end_others(request: HttpRequest) -> HttpResponse:
    """End all of my sessions but this one."""
    user = cast(User, request.user)
    with transaction.atomic():
        ended = sessions.end_all(user, but=request.session.session_key or "")
        record(stream(user), "sessions_ended", by=user, after={"ended": ended})
    return redirect("desk:sessions")


@login_required
@never_cache
@require_POST
def end(request: HttpRequest, pk: int) -> HttpResponse:
    """End one of my sessions; to end this one is to sign out."""
    user = cast(User, request.user)
    row = get_object_or_404(sessions.of(user), pk=pk)
    is_this = row.session_key == request.session.session_key
    with transaction.atomic():
        sessions.end(row.session_key)
        record(stream(user), "session_ended", by=user, before={"browser": row.browser})
    if is_this:
        auth.logout(request)
        return redirect("desk:login")
    return redirect("desk:sessions")
