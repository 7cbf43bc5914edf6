"""Digits in an image, or spoken: the answer is derived from the token, so that nothing is stored."""

import hashlib
import hmac
import io
import secrets
from functools import cache

from captcha.audio import AudioCaptcha
from captcha.image import ImageCaptcha
from django.conf import settings
from django.core import signing
from django.core.cache import cache as used_tokens
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

LASTS = 300
_SALT = "degreetrack.captcha"


def new() -> str:
    """A fresh token; it is good for five minutes and one right answer."""
    return signing.TimestampSigner(salt=_SALT).sign(secrets.token_urlsafe(12))


def digits(token: str) -> str:
    """The five digits that belong to a token; raises BadSignature for one that is not ours or too old."""
    nonce = signing.TimestampSigner(salt=_SALT).unsign(token, max_age=LASTS)
    drawn = hmac.new(settings.SECRET_KEY.encode(), f"{_SALT}:{nonce}".encode(), hashlib.sha256).digest()
    return f"{int.from_bytes(drawn[:8]) % 100_000:05}"


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
    picture = ImageCaptcha(width=240, height=80).generate(_digits_or_404(token))
    return HttpResponse(picture.getvalue(), content_type="image/png")


@never_cache
@require_safe
def sound(request: HttpRequest, token: str) -> HttpResponse:
    """The digits spoken."""
    return HttpResponse(io.BytesIO(_voice().generate(_digits_or_404(token))), content_type="audio/wav")


@cache
def _voice() -> AudioCaptcha:
    return AudioCaptcha()


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
