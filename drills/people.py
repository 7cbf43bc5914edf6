"""The load of a drill: applicants, clerks and a bank, who keep what they were told was done."""

import io
import json
import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import requests
from django.contrib.sessions.backends.db import SessionStore
from django.db import close_old_connections, connection
from django.test import Client
from django.utils import timezone
from PIL import Image

from degreetrack.accounts.models import User
from degreetrack.api.payments import signature
from degreetrack.applicants import sessions
from degreetrack.applications.lifecycle import State
from degreetrack.applications.models import Application, Draft
from degreetrack.credentials.models import Blank, Fate
from degreetrack.fees.models import Challan
from degreetrack.records.models import Result, Student

SECRET = "only-for-the-drill-0123456789-0123456789"
TOKEN = "a" * 32


class Told:
    """What the people were told was done, by kind, and how they were answered; shared by all threads."""

    def __init__(self) -> None:
        self.done: list[tuple[str, Any]] = []
        self.answers: Counter[str] = Counter()
        self.faults: list[str] = []
        self.stop = threading.Event()
        self._lock = threading.Lock()

    def keep(self, what: str, which: Any) -> None:
        """Somebody was told that this is done."""
        with self._lock:
            self.done.append((what, which))

    def count(self, answer: str, fault: str = "") -> None:
        """Somebody was answered, or cut off."""
        with self._lock:
            self.answers[answer] += 1
            if fault:
                self.faults.append(fault)


class Browser:
    """One signed-in person, or nobody, who asks whichever web process answers, and asks again if cut off."""

    def __init__(self, told: Told, ports: list[int], session: str = "") -> None:
        self.told, self.ports, self.draw = told, ports, random.Random()
        self.cookies = {"csrftoken": TOKEN} | ({"sessionid": session} if session else {})

    def ask(self, path: str, data: dict[str, Any] | None = None, **more: Any) -> requests.Response | None:
        """The answer; None where the drill ended before one came."""
        if data is not None:
            more["data"] = data | {"csrfmiddlewaretoken": TOKEN}
        # Nobody here is slowed by the limit for one address.
        far = ".".join(str(self.draw.randrange(1, 250)) for _ in range(4))
        headers = more.pop("headers", {}) | {"X-Forwarded-For": far}
        method = "POST" if "data" in more else "GET"
        while not self.told.stop.is_set():
            place = f"http://127.0.0.1:{self.draw.choice(self.ports)}{path}"
            try:
                answer = requests.request(
                    method, place, cookies=self.cookies, headers=headers, timeout=30,
                    allow_redirects=False, **more,
                )  # fmt: skip
            except requests.RequestException:
                self.told.count("cut off")
                time.sleep(0.05)
                continue
            wrong = answer.status_code >= 500 and answer.status_code != 503
            self.told.count(
                str(answer.status_code), f"{method} {path}: {answer.status_code}" if wrong else ""
            )
            if answer.status_code < 500:
                return answer
            time.sleep(0.1)
        return None

    def done(self, path: str, data: dict[str, Any], **more: Any) -> bool:
        """Whether a form was taken: it sends its reader on."""
        answer = self.ask(path, data, **more)
        return (
            answer is not None and answer.status_code == 302 and "sign-in" not in answer.headers["Location"]
        )


def signed_in(student: Student) -> str:
    """The session of an applicant who has signed in."""
    store = SessionStore()
    store["signed_in"] = True
    store.save()
    sessions.opened(student, session_key=str(store.session_key), browser="Chrome, Android")
    return str(store.session_key)


def paper(seed: int) -> bytes:
    """A sheet with its own pattern, small enough to be read at once."""
    sheet, kept = Image.effect_noise((900, 1200), 90 + seed % 9), io.BytesIO()
    sheet.convert("RGB").save(kept, "JPEG", quality=70)
    return kept.getvalue()


class People:
    """Everybody at once; each is a thread that goes on until told to stop."""

    def __init__(self, told: Told, ports: list[int], fresh: list[int]) -> None:
        self.told, self.ports, self.fresh = told, ports, fresh
        self.clerks = {}
        for user in User.objects.filter(is_superuser=False):
            client = Client()
            client.force_login(user)
            self.clerks[user.username] = client.cookies["sessionid"].value

    def start(self, *, each: int) -> list[threading.Thread]:
        """So many of each trade."""
        trades = [self.look_up, self.apply, self.answer, self.clerk, self.clerk, self.in_bulk]
        threads = [threading.Thread(target=self._go_on, args=(trade,)) for trade in trades * each]
        for thread in threads:
            thread.start()
        return threads

    def _go_on(self, trade: Callable[[random.Random], None]) -> None:
        draw = random.Random()
        while not self.told.stop.is_set():
            close_old_connections()
            try:
                trade(draw)
            except Exception as fault:
                self.told.count("a fault of the drill", f"{trade.__name__}: {fault!r}")
            time.sleep(draw.uniform(0.0, 0.1))
        connection.close()

    def _one(self, draw: random.Random, *states: State) -> Application | None:
        rows = Application.objects.filter(state__in=states).select_related("result__student")
        some = list(rows.order_by("state_since")[:40])
        return draw.choice(some) if some else None

    def look_up(self, draw: random.Random) -> None:
        """Read where one stands."""
        one = self._one(draw, *State)
        if one:
            Browser(self.told, self.ports).ask(f"/status/{one.tracking_id}/")

    def apply(self, draw: random.Random) -> None:
        """Apply online from the first step to the bank's counter."""
        try:
            result = Result.objects.select_related("student").get(pk=self.fresh.pop())
        except IndexError:
            time.sleep(1)
            return
        browser = Browser(self.told, self.ports, signed_in(result.student))
        for code in ("cnic", "matric", "inter"):
            given = {"files": (f"{code}.jpg", paper(draw.randrange(9)), "image/jpeg")}
            if browser.done("/my/documents/", {"requirement": code}, files=given):
                self.told.keep("paper", (result.student_id, code))
        choice = {"result": str(result.pk), "kind": "PC", "issue": "ORIGINAL", "begin": "1"}
        if not browser.done("/my/apply/", choice):
            return
        draft = Draft.objects.get(result=result, application=None, discarded_at=None)
        step = f"/my/apply/{draft.pk}"
        browser.done(f"{step}/delivery/", {"address": "House 5, Street 9", "way": "post", "language": "en"})
        browser.done(f"{step}/names/", {"right": "yes"})
        if browser.done(f"{step}/fee/", {}):
            self.told.keep("challan", draft.pk)
            self._pay(browser, Challan.objects.get(subject=draft.stream, cancelled_at=None))

    def _pay(self, browser: Browser, challan: Challan) -> None:
        """The bank tells of the money."""
        facts = {"reference": f"D{challan.number}", "challan_no": challan.number, "amount": challan.amount}
        facts |= {"paid_on": timezone.localdate().isoformat(), "kind": "payment"}
        body, sent = json.dumps(facts).encode(), str(int(time.time()))
        headers = {"X-Timestamp": sent, "X-Signature": signature(SECRET, sent, body)}
        headers["Content-Type"] = "application/json"
        while not self.told.stop.is_set():
            place = f"http://127.0.0.1:{browser.draw.choice(self.ports)}/api/v1/payments/hbl/"
            try:
                answer = requests.post(place, body, headers=headers, timeout=30)
            except requests.RequestException:
                self.told.count("cut off")
                time.sleep(0.05)
                continue
            self.told.count(str(answer.status_code))
            if answer.status_code == 200:
                self.told.keep("payment", facts["reference"])
                return

    def answer(self, draw: random.Random) -> None:
        """Answer each objection and send the answers in."""
        one = self._one(draw, State.OBJECTED)
        if one is None:
            return
        browser = Browser(self.told, self.ports, signed_in(one.result.student))
        case = f"/my/case/{one.tracking_id}/answer/"
        for row in one.objections.filter(cleared_at=None):
            if browser.done(case, {"objection": str(row.pk), "answer": f"Attached, {row.pk}"}):
                self.told.keep("answer", row.pk)
        if browser.done(case, {"send": "1"}):
            self.told.keep("move", (one.pk, "answer"))

    def clerk(self, draw: random.Random) -> None:
        """Take one file and make its next move."""
        steps = {
            State.RECEIVED: [("check", "scrutiny"), ("check", "scrutiny"), ("object", "scrutiny")],
            State.ANSWERED: [("check", "scrutiny")],
            State.CHECKED: [("verify", "verification")],
            State.VERIFIED: [("approve", "approval")],
            State.APPROVED: [("print", "printing")],
            State.PRINTED: [("sign", "signature"), ("spoil", "printing")],
            State.SIGNED: [("dispatch", "dispatch")],
            State.DISPATCHED: [("deliver", "dispatch"), ("come_back", "dispatch")],
        }
        one = self._one(draw, draw.choice(list(steps)))
        if one is None:
            return
        verb, clerk = draw.choice(steps[State(one.state)])
        form: dict[str, Any] = {"reason": "The drill says so", "all_the_same": "1"}
        if verb == "object":
            form["own_words"] = ["The photograph is missing.", "The form is not signed."]
        elif verb == "print":
            free = Blank.objects.filter(lot__kind=one.kind, fate=Fate.IN_STORE).order_by("pk")
            form["stock_no"] = draw.choice(list(free.values_list("number", flat=True)[:30]))
        elif verb == "dispatch":
            form |= {"courier": "TCS", "consignment_no": f"T{one.pk}{draw.randrange(9999)}"}
        if Browser(self.told, self.ports, self.clerks[clerk]).done(
            f"/staff/case/{one.tracking_id}/{verb}/", form
        ):
            self.told.keep("move", (one.pk, verb))

    def in_bulk(self, draw: random.Random) -> None:
        """Move all that match, or those that were ticked."""
        state, verb, clerk = draw.choice(
            [
                (State.CHECKED, "verify", "verification"),
                (State.VERIFIED, "approve", "approval"),
                (State.VERIFIED, "send_back", "approval"),
                (State.PRINTED, "sign", "signature"),
            ]
        )
        chosen = (
            Application.objects.filter(state=state).order_by("?").values_list("tracking_id", flat=True)[:20]
        )
        form = {"verb": verb, "confirmed": "1", "reason": "The drill says so", "file": list(chosen)}
        if draw.random() < 0.3:
            form["which"] = "all"
        answer = Browser(self.told, self.ports, self.clerks[clerk]).ask(f"/staff/work/{state}/bulk/", form)
        if answer is not None and answer.status_code == 302 and "/batches/" in answer.headers["Location"]:
            self.told.keep("batch", int(answer.headers["Location"].rstrip("/").rpartition("/")[2]))
        time.sleep(draw.uniform(0.2, 0.8))
