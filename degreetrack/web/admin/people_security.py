"""For an administrator: another person's second factors are reset, and their sessions ended."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _

from degreetrack.accounts import factors, sessions
from degreetrack.accounts.models import User
from degreetrack.web.desk.resets import end_sessions, reset

SHORTEST_REASON = 3


class WithSecurity:
    """A page beside the form of a person: who has lost every device is helped here, and it is journalled."""

    def get_urls(self) -> list[URLPattern]:
        """The page stands under the person's own."""
        page = self.admin_site.admin_view(self.security)  # type: ignore[attr-defined]
        return [
            path("<int:pk>/security/", page, name="accounts_user_security"),
            *super().get_urls(),  # type: ignore[misc]
        ]

    def security_page(self, obj: Any) -> str:
        """The way to it from the form."""
        if obj is None or obj.pk is None:
            return "-"
        where = reverse("admin:accounts_user_security", args=[obj.pk])
        return format_html('<a href="{}">{}</a>', where, _("Second factors and sessions"))

    def security(self, request: HttpRequest, pk: int) -> HttpResponse:
        """What there is, and a button to end each kind, with a reason."""
        user = get_object_or_404(User, pk=pk)
        if not self.has_change_permission(request, user):  # type: ignore[attr-defined]
            raise PermissionDenied
        if user.pk == request.user.pk:
            return redirect("desk:security")
        if request.method == "POST":
            reason = request.POST.get("reason", "").strip()[:500]
            if len(reason) < SHORTEST_REASON:
                messages.error(request, _("Say why: it stands in the journal."))
            else:
                _end(request, user, reason)
            return redirect("admin:accounts_user_security", pk=pk)
        page = {
            "of": user,
            "rows": user.factors.all(),
            "left": factors.codes_left(user),
            "sessions": sessions.of(user),
        }
        return render(request, "desk/person_security.html", page)


def _end(request: HttpRequest, user: User, reason: str) -> None:
    by: Any = request.user
    if "factors" in request.POST:
        reset(user, by=by, reason=reason)
        messages.success(request, _("The second factors are removed, and the person is told."))
    else:
        end_sessions(user, by=by, reason=reason)
    messages.success(request, _("The person is signed out everywhere."))
