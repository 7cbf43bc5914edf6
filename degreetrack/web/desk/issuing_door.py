"""Who reads and who acts on the pages of stock, runs and manifests; refusals become messages."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from degreetrack.accounts.models import Role
from degreetrack.issuing.runs import Told
from degreetrack.kit.refusals import Refused
from degreetrack.web.desk.door import person, staff_only

View = Callable[..., HttpResponseBase]


def _only(roles: frozenset[Role], view: View) -> View:
    @wraps(view)
    def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not person(request).roles & roles:
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return staff_only(inner)


def read_by(roles: frozenset[Role]) -> Callable[[View], View]:
    """A page that these sections read; others are refused."""
    return lambda view: require_safe(_only(roles, view))


def done_by(role: Role) -> Callable[[View], View]:
    """What this section does, by POST alone; others are refused."""
    return lambda view: require_POST(_only(frozenset({role}), view))


@contextmanager
def refusals_told(request: HttpRequest) -> Iterator[None]:
    """Tell a refusal on the page that follows."""
    try:
        yield
    except Refused as refusal:
        messages.error(request, str(refusal))


def tell(request: HttpRequest, told: Told) -> None:
    """Say how many lines are done, and of each refused one why."""
    if told.done:
        done = ngettext("Done: %(number)s file.", "Done: %(number)s files.", len(told.done))
        messages.success(request, done % {"number": len(told.done)})
    for line, reason in told.refused:
        messages.error(request, f"{line.position} · {line.application.tracking_id}: {reason}")


def sure(request: HttpRequest, *, what: str, says: str, back: str) -> HttpResponse | None:
    """The page that asks a second time, with what was typed; None once somebody has said yes on it."""
    if "sure" in request.POST:
        return None
    kept = [(name, value) for name, value in request.POST.items() if name != "csrfmiddlewaretoken"]
    return render(request, "desk/sure.html", {"what": what, "says": says, "back": back, "kept": kept})


def number_in(request: HttpRequest, name: str) -> int:
    """A number that was posted; 0 where it is none."""
    typed = request.POST.get(name, "").strip()
    return int(typed) if typed.isdecimal() and len(typed) <= 6 else 0
