"""What each process counts of the requests that it answers, and who may read it.

With METRICS_DIR all web processes of a machine count into files there, and any of them tells the sum.
"""

import sys
from collections.abc import Callable
from ipaddress import ip_address
from time import perf_counter

from django.conf import settings
from django.core.signals import got_request_exception
from django.db import Error
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare
from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.multiprocess import MultiProcessCollector

from degreetrack.web.addresses import client_address

OURS = CollectorRegistry()
REQUESTS = Histogram(
    "degreetrack_request_seconds",
    "Requests by the name of their route, method and class of status, and how long each took.",
    ["route", "method", "status"],
    buckets=(0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
    registry=OURS,
)
DATABASE_ERRORS = Counter(
    "degreetrack_database_errors",
    "Requests that failed because of the database, by kind of error.",
    ["kind"],
    registry=OURS,
)
METHODS = {"GET", "HEAD", "POST", "OPTIONS"}
# Looking a child up by its labels costs as much as all the rest.
_observe: dict[tuple[str, str | None, int], Callable[[float], None]] = {}


def count_requests(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Count each request and time it; its address, which may hold a person's number, is never a label."""

    def middleware(request: HttpRequest) -> HttpResponse:
        began = perf_counter()
        answer = get_response(request)
        match = request.resolver_match
        key = (match.view_name if match else "", request.method, answer.status_code // 100)
        observe = _observe.get(key)
        if observe is None:
            observe = _child(*key)
        observe(perf_counter() - began)
        return answer

    return middleware


def _child(route: str, method: str | None, status: int) -> Callable[[float], None]:
    """What counts requests of this kind; kept for the next, unless strangers made the method up."""
    shown = method if method in METHODS else "other"
    observe: Callable[[float], None] = REQUESTS.labels(route or "none", shown, f"{status}xx").observe
    if shown == method:
        _observe[(route, method, status)] = observe
    return observe


@receiver(got_request_exception)
def _count_database_errors(**_more: object) -> None:
    fault = sys.exc_info()[1]
    if isinstance(fault, Error):
        DATABASE_ERRORS.labels(type(fault).__name__).inc()


def registry() -> CollectorRegistry:
    """What is counted by this process, or by all of this machine, to add more to."""
    told = CollectorRegistry()
    if settings.METRICS_DIR:
        MultiProcessCollector(told, path=settings.METRICS_DIR)
    else:
        told.register(OURS)
    return told


def may_read(request: HttpRequest) -> bool:
    """Whether figures may be shown: to a bearer of the token, or to an address that METRICS_FROM names."""
    scheme, _space, token = request.headers.get("Authorization", "").partition(" ")
    if token and scheme.lower() == "bearer":
        return any(constant_time_compare(token, ours) for ours in settings.METRICS_TOKENS)
    passed_on = any(name in request.headers for name in ("X-Forwarded-For", "X-Forwarded-Proto", "Forwarded"))
    if passed_on and not settings.TRUSTED_PROXIES:
        # A proxy that we do not know of brings everybody from its own address.
        return False
    try:
        address = ip_address(client_address(request))
    except ValueError:
        return False
    return any(address in network for network in settings.METRICS_FROM)
