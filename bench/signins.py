"""The status page while sign-ins saturate the password hash: its p99 beside its unloaded p99.

`python -m bench.signins --applications 100000` against the database of DATABASE_URL, filled by
bench.fill. Sixteen hands type wrong passwords as fast as they are answered, each time under another
name from another address, so that no lock-out helps.
"""

import argparse
import http.client
import threading
import urllib.parse
from collections import Counter
from contextlib import contextmanager

from bench.lines import tell
from bench.serving import Round, Server, median, one_round, served

HANDS = 16


def main() -> None:
    """Print both, how many sign-ins were hashed meanwhile, and tell bar 8."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--applications", type=int, required=True)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=4)
    given = parser.parse_args()
    from bench.lookup import pages

    alone: list[Round] = []
    beside: list[Round] = []
    answers: Counter[int] = Counter()
    with served(TRUSTED_PROXIES="1") as server:
        paths = pages(server, given.applications)[f"by tracking ID, {given.applications:,}"][1]
        one_round(server.port, paths, seconds=given.seconds)
        for _ in range(given.rounds):
            alone.append(one_round(server.port, paths, seconds=given.seconds))
            with _signing_in(server, answers):
                beside.append(one_round(server.port, paths, seconds=given.seconds))
    quiet, loud = median(alone), median(beside)
    tries = answers[200] / (given.rounds * given.seconds)
    print("| status page | requests/s | p99 ms |\n|---|---|---|")
    print(f"| alone | {quiet.rate:,.0f} | {quiet.p99:.1f} |")
    print(f"| beside {tries:.0f} hashed sign-ins a second | {loud.rate:,.0f} | {loud.p99:.1f} |")
    print(f"Answers to sign-ins: {dict(answers)} (503: too many at once, come back)")
    if answers[200] == 0:
        raise SystemExit("No password was hashed: nothing was measured.")
    times = loud.p99 / quiet.p99
    tell(8, "status page's p99 beside saturating sign-ins, of alone", times, "times", "<= 2", times <= 2)


@contextmanager
def _signing_in(server: Server, answers: Counter[int]):
    """Hands that sign in, wrongly, until the block ends."""
    from degreetrack.web import captcha

    end = threading.Event()

    def sign_in(hand: int) -> None:
        link, tries = http.client.HTTPConnection("127.0.0.1", server.port), 0
        link.request("GET", "/staff/login/")
        page = link.getresponse()
        cookie = page.headers["Set-Cookie"].partition(";")[0]
        token = page.read().decode().partition('name="csrfmiddlewaretoken" value="')[2].partition('"')[0]
        while not end.is_set():
            tries += 1
            digits = captcha.new()
            form = {
                "csrfmiddlewaretoken": token,
                "username": f"nobody{hand}x{tries}x{id(end)}",
                "password": "a wrong password of mine",
                "remember": "nothing",
                "captcha": digits,
                "digits": captcha.digits(digits),
            }
            headers = {
                "Cookie": cookie,
                "Content-Type": "application/x-www-form-urlencoded",
                "X-Forwarded-For": f"10.{hand}.{tries // 250 % 250}.{tries % 250}",
            }
            link.request("POST", "/staff/login/", urllib.parse.urlencode(form), headers)
            answer = link.getresponse()
            answer.read()
            answers[answer.status] += 1

    hands = [threading.Thread(target=sign_in, args=(hand,)) for hand in range(HANDS)]
    for hand in hands:
        hand.start()
    try:
        yield
    finally:
        end.set()
        for hand in hands:
            hand.join()


if __name__ == "__main__":
    import os

    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bench.settings")
    django.setup()
    main()
