"""Forgot your password: a link by e-mail that works once, for an hour."""

from typing import Any, cast

from django.contrib.auth.views import PasswordResetConfirmView
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_http_methods, require_safe

from degreetrack.accounts import lockouts, sessions
from degreetrack.accounts.models import User
from degreetrack.web import captcha
from degreetrack.web.addresses import client_network
from degreetrack.web.desk.owner_news import happened, send_reset_link
from degreetrack.web.desk.sign_in import too_many_tries
from degreetrack.web.desk.sign_in_forms import NewPasswordForm, ResetForm
from degreetrack.web.rate_limits import Limit

BY_ADDRESS = Limit("password-reset", 20, 900)


@never_cache
@csrf_protect
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest) -> HttpResponse:
    """Ask for a link; the answer is the same whether the address belongs to an account or not."""
    form = ResetForm(request.POST if request.method == "POST" else None, auto_id="%s")
    if request.method == "POST" and form.is_valid():
        wait = BY_ADDRESS.hit(client_network(request))
        if wait:
            return too_many_tries(request, wait=wait)
        email = form.cleaned_data["email"]
        with transaction.atomic():
            may_mail = lockouts.may_mail_reset(email)
            send_reset_link(owners(email) if may_mail else [])
        return redirect("desk:password-reset-sent")
    return render(request, "desk/password_reset.html", {"form": form, "captcha": captcha.new()})


@require_safe
def sent(request: HttpRequest) -> HttpResponse:
    """What happens next, for everybody alike."""
    return render(request, "desk/password_reset_sent.html")


@require_safe
def complete(request: HttpRequest) -> HttpResponse:
    """The new password holds."""
    return render(request, "desk/password_reset_complete.html")


class Confirm(PasswordResetConfirmView):
    """Set the new password; every session of the account ends, and a lock with them."""

    template_name = "desk/password_reset_confirm.html"
    form_class = NewPasswordForm
    reset_url_token = "new-password"  # noqa: S105 - stands in the address in place of the token  # nosec B105
    success_url = reverse_lazy("desk:password-reset-complete")

    def form_valid(self, form: Any) -> HttpResponse:
        """Keep it, and put everybody else out."""
        with transaction.atomic():
            answer = super().form_valid(form)
            user = cast(User, self.user)
            lockouts.release(user.username)
            happened(user, "password_reset")
            sessions.end_all(user)
        # This browser may have been signed in: its session has just ended with the others.
        self.request.session.flush()
        return answer


def owners(email: str) -> list[User]:
    """The accounts that a link may be sent for, to the address that they hold."""
    found = User.objects.filter(email__iexact=email, is_active=True)
    return [user for user in found if user.has_usable_password()]
