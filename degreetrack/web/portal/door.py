"""Who may enter the portal: a signed-in applicant, by the student's row in the session."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from degreetrack.records.models import Student


@dataclass(frozen=True)
class SignedIn:
    """The applicant who asks."""

    student: Student


def applicant_required(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Let in whoever is signed in as an applicant; send others to sign in."""

    @wraps(view)
    def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        student = Student.objects.filter(pk=request.session.get("applicant_student", 0)).first()
        if student is None:
            return redirect("/my/sign-in/")
        request.applicant = SignedIn(student)  # type: ignore[attr-defined]
        return view(request, *args, **kwargs)

    return inner
