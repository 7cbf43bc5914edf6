"""What every answer tells the browser: the policy of contents, what no page needs, and who may keep it."""

from collections.abc import Callable
from typing import cast

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.csp import build_policy

# No page uses any of these; a script that got in could not either.
PERMISSIONS = ", ".join(
    f"{name}=()"
    for name in (
        "accelerometer", "autoplay", "camera", "display-capture", "geolocation", "gyroscope", "hid",
        "magnetometer", "microphone", "midi", "payment", "serial", "usb", "xr-spatial-tracking",
    )
)  # fmt: skip
ALWAYS = {
    # Of a fixed policy; a page with a stricter one says so itself.
    "Content-Security-Policy": build_policy(cast("dict[str, list[str]]", settings.SECURE_CSP)),
    "X-Frame-Options": "DENY",
    "Permissions-Policy": PERMISSIONS,
    "Cross-Origin-Resource-Policy": "same-origin",
}
# Whose answers say themselves whether they may be kept, since they are nobody's own.
OPEN = {"public", "captcha"}
SIGN_OUT = {"portal:sign-out", "desk:logout"}


def guard_answers(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Shut what no page needs; an answer of portal, desk, administration or API lies in no cache."""

    def middleware(request: HttpRequest) -> HttpResponse:
        answer = get_response(request)
        for name, value in ALWAYS.items():
            answer.headers.setdefault(name, value)
        found = request.resolver_match
        if found and found.view_name in SIGN_OUT and request.method == "POST":
            # A page of the desk that was open must not come back by the browser's own memory.
            answer.headers["Clear-Site-Data"] = '"cache", "storage"'
        if found and not OPEN.intersection(found.namespaces):
            answer.headers.setdefault("Cache-Control", "no-store, private")
        return answer

    return middleware
