"""Figures for whoever watches the system: Prometheus reads them, the public never does."""

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from degreetrack.oversight.watching import Watched
from degreetrack.web.gauges import may_read, registry


@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """All figures in Prometheus's text; to whoever may not read them there is no such page."""
    if not may_read(request):
        raise Http404
    told = registry()
    told.register(Watched())
    return HttpResponse(generate_latest(told), content_type=CONTENT_TYPE_LATEST)
