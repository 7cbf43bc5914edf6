"""What people read when something is broken on our side: what it means for them, and when to come back."""

import errno
import sys

from django.db import DatabaseError, InterfaceError
from django.http import HttpRequest, HttpResponse
from django.template.loader import get_template
from redis.exceptions import RedisError

# Seconds after which a browser, a proxy or a search engine asks again.
RETRY_AFTER = 30
AWAY = (DatabaseError, InterfaceError, RedisError)
# The disk is full, or may not be written to.
FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS}


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer 503 where database, cache or disk is away, 500 for a fault of ours; the page needs none.

    Both stand in both languages, since the language may be what could not be read.
    """
    fault = sys.exc_info()[1]
    away = isinstance(fault, AWAY) or (isinstance(fault, OSError) and fault.errno in FULL)
    page = get_template("503.html" if away else "500.html").render()
    answer = HttpResponse(page, status=503 if away else 500)
    answer["Cache-Control"] = "no-store"
    if away:
        answer["Retry-After"] = str(RETRY_AFTER)
    return answer
