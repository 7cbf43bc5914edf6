"""What people read when something is broken on our side: what it means for them, and when to come back."""

import sys

from django.db import DatabaseError, InterfaceError
from django.http import HttpRequest, HttpResponse
from django.template.loader import get_template
from redis.exceptions import RedisError

from degreetrack.accounts.hashing import TooManySignIns

# Seconds after which a browser, a proxy or a search engine asks again.
RETRY_AFTER = 30
AWAY = (DatabaseError, InterfaceError, RedisError, TooManySignIns)


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer 503 where database or cache is away or too many sign in, 500 for a fault of ours.

    The page needs neither database nor cache. Its words stand in both languages, since the language may
    be what could not be read.
    """
    away = isinstance(sys.exc_info()[1], AWAY)
    page = get_template("503.html" if away else "500.html").render()
    answer = HttpResponse(page, status=503 if away else 500)
    answer["Cache-Control"] = "no-store"
    if away:
        answer["Retry-After"] = str(RETRY_AFTER)
    return answer
