"""What people read when something is broken on our side: what it means for them, and when to come back."""

import sys

from django.db import DatabaseError, InterfaceError
from django.http import HttpRequest, HttpResponse
from django.template.loader import get_template
from redis.exceptions import RedisError

# Seconds after which a browser, a proxy or a search engine asks again.
RETRY_AFTER = 30
AWAY = (DatabaseError, InterfaceError, RedisError)


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer 503 where database or cache is away, 500 for a fault of ours; the page needs neither.

    Both stand in both languages, since the language may be what could not be read.
    """
    away = isinstance(sys.exc_info()[1], AWAY)
    page = get_template("503.html" if away else "500.html").render()
    answer = HttpResponse(page, status=503 if away else 500)
    answer["Cache-Control"] = "no-store"
    if away:
        answer["Retry-After"] = str(RETRY_AFTER)
    return answer
