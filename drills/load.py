"""The people of the failover drill: who looks up, who works, who asks; each counts what it was told."""

import http.client
import random
import ssl
import threading
import time
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count, pairwise
from typing import Any
from urllib.parse import urlencode

from drills.cluster import ADDRESSES, SITE, WEBS

ANY = ssl.create_default_context()
ANY.check_hostname, ANY.verify_mode = False, ssl.CERT_NONE
# Longer than anything should take, shorter than a person's patience.
PATIENCE = 3.0
# As HTTPS=1 names them.
SESSION, FORGERY = "__Host-sessionid", "__Host-csrftoken"
APPROVED = "Approved, waiting for printing"


@dataclass
class Counts:
    """What clients saw, by the clock of this machine."""

    answered: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    waits: dict[str, list[tuple[float, float]]] = field(default_factory=lambda: defaultdict(list))
    acts: list[tuple[str, str, str]] = field(default_factory=list)
    stale: list[tuple[float, float]] = field(default_factory=list)
    by_id: list[float] = field(default_factory=list)
    forgotten: list[str] = field(default_factory=list)
    faults: int = 0

    def longest(self, what: str, since: float, until: float) -> float:
        """The longest time within a spell in which nobody at all got one answer of a sort."""
        moments = [since, *(at for at in sorted(self.answered[what]) if since < at < until), until]
        return max(later - before for before, later in pairwise(moments))

    def longest_wait(self, what: str, since: float, until: float) -> float:
        """The longest that one person waited for one answer, tries and all, of what ended in a spell."""
        return max((wait for at, wait in self.waits[what] if since <= at < until), default=0.0)

    def stalest(self, since: float, until: float) -> float:
        """The longest that an acknowledged act stayed unseen by the public, of acts within a spell."""
        return max((age for at, age in self.stale if since <= at < until), default=0.0)


class Browser:
    """Asks the web nodes as a browser does of a name with two addresses: the next where one is silent."""

    def __init__(self, seed: int, cookies: dict[str, str] | None = None) -> None:
        self.cookies = cookies or {}
        self._draw = random.Random(seed)
        self._nodes = [ADDRESSES[name] for name in WEBS]
        # Half of all people begin with each.
        if seed % 2:
            self._nodes.reverse()
        self._link: http.client.HTTPSConnection | None = None
        self._left = 0

    def ask(self, path: str, form: dict[str, str] | None = None) -> tuple[int, str, str]:
        """One request: status, where it leads, the page; OSError where the node does not answer."""
        if self._link is None or not self._left:
            self.leave()
            # Somebody else's turn: another address.
            home = f"10.78.{self._draw.randrange(1, 255)}.{self._draw.randrange(1, 255)}"
            self._link = http.client.HTTPSConnection(
                self._nodes[0], timeout=PATIENCE, context=ANY, source_address=(home, 0)
            )
            self._left = 40
        self._left -= 1
        headers = {"Host": SITE, "Referer": f"https://{SITE}/"}
        body = None
        if form is not None:
            self.cookies[FORGERY] = form["csrfmiddlewaretoken"] = "d" * 32
            body = urlencode(form)
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        try:
            self._link.request("GET" if form is None else "POST", path, body, headers)
            answer = self._link.getresponse()
            page = answer.read().decode()
        except (OSError, http.client.HTTPException) as fault:
            self.leave()
            self._nodes.reverse()
            raise OSError(str(fault)) from fault
        for given in answer.headers.get_all("Set-Cookie") or []:
            name, _equals, value = given.partition(";")[0].partition("=")
            self.cookies[name] = value
        return answer.status, answer.headers.get("Location", ""), page

    def leave(self) -> None:
        """Close the connection."""
        if self._link:
            self._link.close()
        self._link = None


class Load:
    """All people at once, until told to stop."""

    def __init__(self, people: dict[str, Any]) -> None:
        self.people = people
        self.counts = Counts()
        self._stop = threading.Event()
        self._files = iter(people["files"])
        self._numbers = count(1)
        self._watched: list[tuple[str, float]] = []
        work = [(self._clerk, clerk) for clerk in people["clerks"]]
        work += [(self._applicant, half) for half in (people["applicants"][::2], people["applicants"][1::2])]
        work += [(self._reader, seed) for seed in range(4)]
        work += [(self._watcher, seed) for seed in range(6)]
        self._threads = [threading.Thread(target=do, args=(given,), daemon=True) for do, given in work]

    def start(self) -> None:
        """Let them begin."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Let each finish what it is at."""
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _told(self, what: str, began: float) -> float:
        now = time.monotonic()
        self.counts.answered[what].append(now)
        self.counts.waits[what].append((now, now - began))
        return now

    def _write(self, browser: Browser, path: str, form: dict[str, str]) -> float:
        """Send until it is acknowledged, and say when; 0 where it is refused, so that it was done before."""
        began = time.monotonic()
        while not self._stop.is_set():
            with suppress(OSError):
                status, onward, _page = browser.ask(path, dict(form))
                if status == 302 and "sign-in" not in onward and "login" not in onward:
                    return self._told("write", began)
                if status == 409:
                    return 0.0
            self.counts.faults += 1
            time.sleep(0.1)
        return 0.0

    def _clerk(self, cookies: dict[str, str]) -> None:
        """Check, verify and approve one file after the other, each step as another person."""
        desks = {verb: Browser(hash(value), {SESSION: value}) for verb, value in cookies.items()}
        for tracking_id in self._files:
            for verb, browser in desks.items():
                if self._stop.is_set():
                    return
                at = self._write(browser, f"/staff/case/{tracking_id}/{verb}/", {"all_the_same": "1"})
                if at:
                    self.counts.acts.append((tracking_id, verb, ""))
                if at and verb == "approve":
                    self._watched.append((tracking_id, at))
                    self._look_back(browser, tracking_id)
                time.sleep(0.05)

    def _look_back(self, browser: Browser, tracking_id: str) -> None:
        """Whoever has just acted looks at once, and must see it."""
        with suppress(OSError):
            status, _onward, page = browser.ask(f"/status/{tracking_id}/")
            if status == 200 and not _is_approved(page):
                self.counts.forgotten.append(tracking_id)

    def _applicant(self, mine: list[tuple[str, str]]) -> None:
        """Ask something on one's case; then the next does."""
        while not self._stop.is_set():
            for cookie, tracking_id in mine:
                if self._stop.is_set():
                    return
                text = f"Where is my certificate? No. {next(self._numbers)}."
                browser = Browser(hash(text), {SESSION: cookie})
                if self._write(browser, f"/my/case/{tracking_id}/ask/", {"question": text}):
                    self.counts.acts.append((tracking_id, "ask", text))
                browser.leave()
                time.sleep(0.2)

    def _reader(self, seed: int) -> None:
        """Look up by tracking ID and by roll number, as everybody may."""
        browser, draw = Browser(seed), random.Random(seed)
        while not self._stop.is_set():
            tracking_id, roll_no = draw.choice(self.people["read"])
            path = f"/status/{tracking_id}/" if draw.random() < 0.7 else f"/in-process/?q={roll_no}"
            began = time.monotonic()
            while not self._stop.is_set():
                with suppress(OSError):
                    status, _onward, page = browser.ask(path)
                    if status == 200 and "Delivered" in page:
                        at = self._told("read", began)
                        if "/status/" in path:
                            self.counts.by_id.append(at)
                        break
                self.counts.faults += 1
                time.sleep(0.05)
            time.sleep(0.03)

    def _watcher(self, seed: int) -> None:
        """Watch a file that was just approved, for as long as the public might not see it."""
        while not self._stop.is_set():
            if not self._watched:
                time.sleep(0.02)
                continue
            tracking_id, at = self._watched.pop()
            browser = Browser(seed + time.monotonic_ns())
            seen_unapproved = at
            # Seen once, it may still be unseen in another replica. Each process allows 20 looks at a number.
            for _look in range(18):
                looked = time.monotonic()
                with suppress(OSError):
                    status, _onward, page = browser.ask(f"/status/{tracking_id}/")
                    self.counts.by_id.append(time.monotonic())
                    if status == 200 and not _is_approved(page):
                        seen_unapproved = looked
                time.sleep(0.2)
            browser.leave()
            self.counts.stale.append((at, seen_unapproved - at))


def _is_approved(page: str) -> bool:
    """Whether a status page shows the file as approved."""
    return f"<b>{APPROVED}</b>" in page
