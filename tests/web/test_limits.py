"""Where a request came from, and how often it may come."""

import pytest
from django.core.cache.backends.locmem import LocMemCache

from degreetrack.web import rate_limits
from degreetrack.web.addresses import client_address
from degreetrack.web.rate_limits import Limit


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (0, "198.51.100.1", "127.0.0.1"),
        (1, "", "127.0.0.1"),
        (1, "203.0.113.5, 198.51.100.1", "198.51.100.1"),
        (2, "203.0.113.5, 198.51.100.1, 10.0.0.2", "198.51.100.1"),
        (2, "198.51.100.1", "127.0.0.1"),
    ],
)
def test_a_caller_cannot_choose_the_address_it_is_known_by(rf, settings, proxies, forwarded, address):
    settings.TRUSTED_PROXIES = proxies

    assert client_address(rf.get("/", headers={"X-Forwarded-For": forwarded})) == address


def test_a_limit_lets_so_many_through_and_then_says_how_long_to_wait(monkeypatch):
    monkeypatch.setattr(rate_limits.time, "time", lambda: 1_000_020)
    limit = Limit("test", 2, 60)

    assert [limit.hit("a"), limit.hit("a"), limit.hit("a"), limit.hit("b")] == [0, 0, 60 - 1_000_020 % 60, 0]
    assert [limit.excess("a"), limit.excess("b"), limit.excess("c")] == [1.5, 0.5, 0]


def test_the_next_window_begins_anew(monkeypatch):
    limit = Limit("test", 1, 60)
    monkeypatch.setattr(rate_limits.time, "time", lambda: 1_000_020)
    limit.hit("a")
    monkeypatch.setattr(rate_limits.time, "time", lambda: 1_000_080)

    assert limit.hit("a") == 0


class Forgetful(LocMemCache):
    """A cache in which what is counted runs out just before it is counted up."""

    def incr(self, key, *arguments, **options):
        self.delete(key)
        return super().incr(key, *arguments, **options)


def test_a_window_that_ends_in_between_lets_the_try_through(settings):
    settings.CACHES = {"default": {"BACKEND": f"{__name__}.Forgetful", "LOCATION": "forgetful"}}
    limit = Limit("test", 1, 60)

    assert [limit.hit("a") for _try in range(3)] == [0, 0, 0]
