"""Stop news by e-mail: the link at the foot of each, and the button that mail programs show."""

from django.core.signing import BadSignature, Signer
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from degreetrack.notifications import addresses
from degreetrack.notifications.models import Channel, Notice


# Mail programs post here without a cookie (RFC 8058); whoever has the link may use it.
@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def stop(request: HttpRequest, token: str) -> HttpResponse:
    """Ask, then stop or resume. A look alone changes nothing: mail scanners follow links."""
    try:
        pk = int(Signer(salt="degreetrack.stop").unsign(token))
    except (BadSignature, ValueError) as error:
        raise Http404 from error
    notice = Notice.objects.filter(pk=pk).first()
    if notice is None:
        raise Http404
    done = ""
    if request.method == "POST":
        done = "resumed" if "resume" in request.POST else "stopped"
        (addresses.resume if done == "resumed" else addresses.stop)(Channel(notice.channel), notice.to)
    return render(request, "public/stop.html", {"done": done})
