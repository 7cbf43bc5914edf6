"""The status page while sign-ins saturate the password hash: its p99 beside its unloaded p99.

`python -m bench.signins --applications 100000` against the database of DATABASE_URL, filled by
bench.fill. Sixteen hands type wrong passwords as fast as they are answered, each time under another
name from another address, so that no lock-out helps. They are one process of their own, which spends
30 microseconds on a try: what it takes from the processors is not what is measured.
"""

import argparse
import http.client
import itertools
import multiprocessing
import os
import selectors
import socket
import urllib.parse
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.queues import SimpleQueue
from multiprocessing.synchronize import Event

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
    pressed: list[Round] = []
    answers: Counter[int] = Counter()
    with served(TRUSTED_PROXIES="1") as server:
        paths = pages(server, given.applications)[f"by tracking ID, {given.applications:,}"][1]
        one_round(server.port, paths, seconds=given.seconds)
        for _ in range(given.rounds):
            alone.append(one_round(server.port, paths, seconds=given.seconds))
            with _signing_in(server, answers):
                pressed.append(one_round(server.port, paths, seconds=given.seconds))
    quiet, loud = median(alone), median(pressed)
    hashed, refused = (answers[status] / (given.rounds * given.seconds) for status in (200, 503))
    print("| status page | requests/s | p99 ms |\n|---|---|---|")
    print(f"| alone | {quiet.rate:,.0f} | {quiet.p99:.1f} |")
    beside = f"beside {hashed:.0f} hashed and {refused:.0f} refused sign-ins a second"
    print(f"| {beside} | {loud.rate:,.0f} | {loud.p99:.1f} |")
    print(f"Answers to sign-ins: {dict(answers)} (503: too many at once, come back)")
    if not (answers[200] and answers[503]):
        raise SystemExit("Passwords were not hashed without a pause: nothing was measured.")
    times = loud.p99 / quiet.p99
    tell(8, "status page's p99 beside saturating sign-ins, of alone", times, "times", "<= 2", times <= 2)


@contextmanager
def _signing_in(server: Server, answers: Counter[int]) -> Iterator[None]:
    """Hands that sign in, wrongly, until the block ends; in a process of their own, as they are elsewhere."""
    apart = multiprocessing.get_context("spawn")
    begun, end, told = apart.Event(), apart.Event(), apart.SimpleQueue()
    hands = apart.Process(target=_hands, args=(server.port, begun, end, told))
    hands.start()
    begun.wait()
    try:
        yield
    finally:
        end.set()
        answers.update(told.get())
        hands.join()
        if hands.exitcode:
            raise SystemExit("A hand has let go: nothing was measured.")


def _hands(port: int, begun: Event, end: Event, told: "SimpleQueue[Counter[int]]") -> None:
    """One thread for all hands: what they cost the processors is not the server's doing."""
    answers: Counter[int] = Counter()
    try:
        with selectors.DefaultSelector() as ready:
            for hand in range(HANDS):
                sign_ins = _sign_ins(port, hand)
                link = socket.create_connection(("127.0.0.1", port))
                link.sendall(next(sign_ins))
                ready.register(link, selectors.EVENT_READ, sign_ins)
            begun.set()
            while not end.is_set():
                for key, _events in ready.select(0.1):
                    answers[_status(key.fileobj)] += 1
                    key.fileobj.sendall(next(key.data))
    finally:
        told.put(answers)


def _sign_ins(port: int, hand: int) -> Iterator[bytes]:
    """Requests, each under another name from another address; the digits were read once."""
    from degreetrack.web import captcha

    link = http.client.HTTPConnection("127.0.0.1", port)
    link.request("GET", "/staff/login/")
    page = link.getresponse()
    cookie = page.headers["Set-Cookie"].partition(";")[0]
    token = page.read().decode().partition('name="csrfmiddlewaretoken" value="')[2].partition('"')[0]
    digits = captcha.new()
    form = {"csrfmiddlewaretoken": token, "password": "a wrong password of mine", "remember": "nothing"}
    form |= {"captcha": digits, "digits": captcha.digits(digits)}
    typed = urllib.parse.urlencode(form)
    for tries in itertools.count():
        body = f"{typed}&username=nobody{hand}x{tries}x{os.getpid()}"
        yield (
            f"POST /staff/login/ HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {cookie}\r\n"
            f"X-Forwarded-For: 10.{hand}.{(tries // 250 + os.getpid()) % 250}.{tries % 250}\r\n"
            f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n{body}"
        ).encode()


def _status(link: socket.socket) -> int:
    """Read one answer to its end."""
    got = link.recv(65_536)
    head, _end, body = got.partition(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
    while len(body) < length:
        body += link.recv(65_536)
    return int(got[9:12])


if __name__ == "__main__":
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bench.settings")
    django.setup()
    main()
