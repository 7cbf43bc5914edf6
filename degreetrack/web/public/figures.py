"""What everybody may know: how much is received and issued, how long it takes, what goes wrong most."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_cookie

from degreetrack.oversight.figures import counted_until
from degreetrack.oversight.open_figures import open_figures
from degreetrack.web.reads import replicable


@require_safe
@cache_control(public=True, max_age=600)
@vary_on_cookie
@replicable
def figures(request: HttpRequest) -> HttpResponse:
    """The totals, in the language that the cookie or the browser names; kept for ten minutes."""
    today = timezone.localdate()
    page = {"figures": open_figures(today), "until": counted_until(), "today": today}
    return render(request, "public/figures.html", page)
