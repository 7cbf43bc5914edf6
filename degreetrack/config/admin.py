"""The admin site; people sign in to it by the staff sign-in, lock-out and captcha included."""

from typing import Any

from django.contrib.admin import AdminSite
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _


class StaffAdminSite(AdminSite):
    """Users and the catalogue."""

    site_header = site_title = _("Degree Tracking System: administration")

    def login(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        """Send everybody through the one sign-in page."""
        return login_required(self.index)(request, extra_context)

    def password_change(self, request: HttpRequest, extra_context: dict | None = None) -> Any:
        """One's own password is changed on one page, which tells its owner and ends the other sessions."""
        return redirect("desk:password")
