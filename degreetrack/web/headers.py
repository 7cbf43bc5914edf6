"""What every answer tells the browser beside the policy of contents, and who may keep it."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

# No page uses any of these; a script that got in could not either.
PERMISSIONS = ", ".join(
    f"{name}=()"
    for name in (
        "accelerometer", "autoplay", "camera", "display-capture", "geolocation", "gyroscope", "hid",
        "magnetometer", "microphone", "midi", "payment", "serial", "usb", "xr-spatial-tracking",
    )
)  # fmt: skip
# Whose answers say themselves whether they may be kept, since they are nobody's own.
OPEN = {"public", "captcha"}
SIGN_OUT = {"portal:sign-out", "desk:logout"}


def guard_answers(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Shut what no page needs; an answer of portal, desk, administration or API lies in no cache."""

    def middleware(request: HttpRequest) -> HttpResponse:
        answer = get_response(request)
        answer.headers.setdefault("Permissions-Policy", PERMISSIONS)
        answer.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        found = request.resolver_match
        if found and found.view_name in SIGN_OUT and request.method == "POST":
            # A page of the desk that was open must not come back by the browser's own memory.
            answer.headers["Clear-Site-Data"] = '"cache", "storage"'
        if found and not OPEN.intersection(found.namespaces):
            answer.headers.setdefault("Cache-Control", "no-store, private")
        return answer

    return middleware
