"""Walks through roll numbers: noticed by how many numbers are asked for in vain, made hard, and told.

Only counts are kept, in the cache: of look-ups that found nothing, and of different roll numbers from
one network. A look-up by a tracking ID that is known costs nothing here.
"""

import hashlib
import time

from django.core.cache import cache
from django.http import HttpRequest

from degreetrack.applications.glances import Seen
from degreetrack.applications.queries import number_in
from degreetrack.oversight.alarms import tell_of_guessing
from degreetrack.web.addresses import client_network
from degreetrack.web.rate_limits import counted

HOUR, DAY = 3600, 86_400
# From one network in a day. A campus asks for thousands, nearly all of which are found.
MISSES_OF_NETWORK, NUMBERS_OF_NETWORK = 30, 3_000
# Of the whole site in an hour, where at least half of what is asked for is not found.
MISSES_IN_HOUR = 300
# Of the whole site in a day, or three times yesterday's.
MISSES_IN_DAY, TIMES_YESTERDAY = 1_000, 3
# While it lasts all is one episode, and staff are told once.
TOLD_AGAIN_AFTER = 6 * HOUR


def wants_digits(request: HttpRequest, typed: str) -> bool:
    """Whether this look-up by roll number needs a person's eyes or ears first."""
    by, _number = number_in(typed)
    if by != "roll_no":
        return False
    return bool(cache.get_many([_walking("site"), _walking(client_network(request))]))


def count(request: HttpRequest, typed: str, seen: Seen) -> None:
    """Count what was asked for; a walk that shows in the counts is told and made hard."""
    if not seen.by or (seen.by == "tracking_id" and seen.glances):
        return
    network, day = client_network(request), _window(DAY)
    number = hashlib.sha256(typed.encode()).hexdigest()[:12]
    if not cache.add(f"guess:seen:{day}:{network}:{number}", 1, DAY):
        return
    asked = counted(f"guess:asked:{day}:{network}", DAY)
    in_hour = counted(f"guess:asked:{_window(HOUR)}", HOUR)
    if asked > NUMBERS_OF_NETWORK:
        _walk("network", network, until=DAY, misses=asked)
    if seen.glances:
        return
    of_network = counted(f"guess:misses:{day}:{network}", DAY)
    of_hour = counted(f"guess:misses:{_window(HOUR)}", HOUR)
    of_day = counted(f"guess:misses:{day}", 2 * DAY)
    if of_network >= MISSES_OF_NETWORK and of_network * 2 >= asked:
        _walk("network", network, until=DAY, misses=of_network)
    if of_hour >= MISSES_IN_HOUR and of_hour * 2 >= in_hour:
        _walk("hour", "site", until=HOUR, misses=of_hour)
    if of_day >= MISSES_IN_DAY:
        yesterday = cache.get(f"guess:misses:{day - 1}", 0)
        if of_day >= TIMES_YESTERDAY * yesterday:
            _walk("day", "site", until=DAY, misses=of_day)


def _walk(how: str, whose: str, *, until: int, misses: int) -> None:
    """Ask for digits until the window ends, and tell staff once of the episode."""
    cache.set(_walking(whose), 1, until - int(time.time()) % until)
    if cache.add(f"guess:told:{how}", 1, TOLD_AGAIN_AFTER):
        tell_of_guessing(how, misses=misses)


def _walking(whose: str) -> str:
    return f"guess:walking:{whose}"


def _window(seconds: int) -> int:
    return int(time.time()) // seconds
