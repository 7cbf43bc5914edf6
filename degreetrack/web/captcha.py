"""Digits in an image, or spoken: the answer is derived from the token, so that nothing is stored."""

import hashlib
import hmac
import secrets
from contextlib import suppress

from django import forms
from django.conf import settings
from django.core import signing
from django.core.cache import cache as used_tokens
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from degreetrack.web.addresses import client_network
from degreetrack.web.rate_limits import Limit

LASTS = 300
# Speaking costs a quarter of a second of processor time.
SPOKEN = Limit("captcha-sound", 60, 60)
_SALT = "degreetrack.captcha"


class WithDigits(forms.Form):
    """A form that wants the digits read or heard; the page draws them by `captcha/field.html`."""

    captcha = forms.CharField(widget=forms.HiddenInput, required=False)
    digits = forms.CharField(
        label=_("The digits in the image"),
        max_length=20,
        error_messages={"required": _("Type the digits in the image, or listen to them.")},
    )

    def clean_digits(self) -> str:
        """Use the token up, whatever was typed."""
        typed: str = self.cleaned_data["digits"]
        if not is_right(self.data.get("captcha", ""), typed):
            raise forms.ValidationError(
                _("These are not the digits in the image, or are over five minutes old. Type the new ones.")
            )
        return typed


def new() -> str:
    """A fresh token; it is good for five minutes and one right answer."""
    return signing.TimestampSigner(salt=_SALT).sign(secrets.token_urlsafe(12))


def digits(token: str) -> str:
    """The five digits that belong to a token; raises BadSignature for one that is not ours or too old."""
    nonce = signing.TimestampSigner(salt=_SALT).unsign(token, max_age=LASTS)
    drawn = hmac.new(_key_of(token).encode(), f"{_SALT}:{nonce}".encode(), hashlib.sha256).digest()
    return f"{int.from_bytes(drawn[:8]) % 100_000:05}"


def _key_of(token: str) -> str:
    """Which key signed a sound token: while a key is being replaced, the picture may be the old one's."""
    for key in settings.SECRET_KEY_FALLBACKS:
        with suppress(signing.BadSignature):
            signing.TimestampSigner(key=key, fallback_keys=[], salt=_SALT).unsign(token)
            return str(key)
    return settings.SECRET_KEY


def is_right(token: str, typed: str) -> bool:
    """Tell whether the digits were read right; a token is used up by any answer."""
    try:
        expected = digits(token)
    except signing.BadSignature:
        return False
    if not used_tokens.add("captcha:" + hashlib.sha256(token.encode()).hexdigest(), 1, LASTS):
        return False
    # People with an Urdu keyboard may type its digits.
    plain = "".join(str(int(letter)) for letter in typed if letter.isdecimal())
    return hmac.compare_digest(plain, expected)


@never_cache
@require_safe
def image(request: HttpRequest, token: str) -> HttpResponse:
    """The digits as a picture."""
    from degreetrack.web.captcha_drawing import LegibleImage

    drawn = LegibleImage(width=240, height=80, font_sizes=(50, 56, 60))
    picture = drawn.generate(_digits_or_404(token), bg_color=(255, 255, 255), fg_color=(8, 77, 42))
    return HttpResponse(picture.getvalue(), content_type="image/png")


@never_cache
@require_safe
def sound(request: HttpRequest, token: str) -> HttpResponse:
    """The digits spoken."""
    from degreetrack.web.captcha_drawing import voice

    spoken = _digits_or_404(token)
    wait = SPOKEN.hit(client_network(request))
    if wait:
        return HttpResponse(status=429, headers={"Retry-After": str(wait)})
    return HttpResponse(bytes(voice().generate(spoken)), content_type="audio/wav")


def _digits_or_404(token: str) -> str:
    try:
        return digits(token)
    except signing.BadSignature as error:
        raise Http404 from error


urlpatterns = [
    path("<str:token>.png", image, name="image"),
    path("<str:token>.wav", sound, name="sound"),
]
app_name = "captcha"
