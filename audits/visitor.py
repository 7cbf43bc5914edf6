"""A visitor at a browser, each answer looked at; staff sign in, enrol an app and prove themselves."""

import re
import time
from collections import Counter
from urllib.parse import urljoin, urlsplit

import requests

from audits.demo import Account, address_of_its_own
from audits.pages import Form, Page, shape
from degreetrack.accounts import totp

SLOW = 10.0
SPOILED = re.compile(
    r"<zz91|72751853|root:x:0|Traceback \(most recent|django\.(?:db|core)\.|OperationalError|"
    r"ProgrammingError|DataError|syntax error at"
)
HEADERS = {
    "Content-Security-Policy": re.compile("default-src 'none'"),
    "X-Content-Type-Options": re.compile("^nosniff$"),
    "X-Frame-Options": re.compile("^DENY$"),
    "Referrer-Policy": re.compile("^same-origin$"),
    "Cross-Origin-Opener-Policy": re.compile("^same-origin$"),
    "Cross-Origin-Resource-Policy": re.compile("^same-origin$"),
    "Permissions-Policy": re.compile("camera=\\(\\)"),
}


class Visitor:
    """One visitor's requests, each looked at."""

    def __init__(self, site: str, account: Account, faults: Counter) -> None:
        self.site, self.account, self.name, self.faults = site, account, account.name, faults
        self.browser = requests.Session()
        if account.session:
            self.browser.cookies.set("sessionid", account.session)
        self.asked = self.proofs = 0
        self.proof_pages: dict[str, Page] = {}
        self._secret, self._step = account.app, 0

    def ask(self, method: str, path: str, *, how: str = "", **more) -> requests.Response:
        """Send it and look at the answer; where proof is asked for, prove it and go on."""
        answer = self._sent(method, path, how=how, **more)
        if answer.status_code == 403 and self.account.password:
            page = Page(answer.text)
            form = next((form for form in page.forms if "carried" in form.fields), None)
            if form:
                self.proof_pages.setdefault(shape(path), page)
                return self._proved(path, form)
        return answer

    def _sent(self, method: str, path: str, *, how: str, **more) -> requests.Response:
        headers = {"X-Forwarded-For": address_of_its_own(), "Referer": self.site + "/"} | more.pop(
            "headers", {}
        )
        # What is slow is asked again, as the machine may be busy with other things.
        for _again in range(2):
            begun = time.monotonic()
            answer = self.browser.request(
                method, urljoin(self.site, path), headers=headers, allow_redirects=False, timeout=120, **more
            )
            self.asked += 1
            if (took := time.monotonic() - begun) < SLOW:
                break
        self._look(answer, f"{method} {shape(path)} {how}", took)
        return answer

    def _look(self, answer: requests.Response, where: str, took: float) -> None:
        def fault(what: str) -> None:
            told = f"{what}: {where} (as {self.name})"
            self.faults[told] += 1
            if self.faults[told] == 1:
                print(f"FAULT {told}", flush=True)

        # What the web server itself refuses, before any of ours sees it, has no header of ours.
        ours = "X-Request-ID" in answer.headers
        if answer.status_code >= 500:
            fault(f"answers {answer.status_code}")
        kind = answer.headers.get("Content-Type", "")
        spoiled = SPOILED.search(answer.text) if re.match("text/html|application/json", kind) else None
        # JSON holds what was typed as it was typed, and no browser reads it as markup.
        if spoiled and (kind.startswith("text/html") or spoiled[0] != "<zz91"):
            fault(f"holds {spoiled[0]!r}")
        if "X-Zz91" in answer.headers or "zz91" in answer.headers.get("Set-Cookie", ""):
            fault("takes a header from outside")
        if urlsplit(answer.headers.get("Location", "")).netloc not in ("", urlsplit(self.site).netloc):
            fault(f"leads to {answer.headers['Location'][:60]}")
        if took > SLOW:
            fault(f"takes {took:.0f} s")
        for name, sound in HEADERS.items() if ours else ():
            if not sound.search(answer.headers.get(name, "")):
                fault(f"lacks {name}")

    def sign_in(self) -> None:
        """By password, digits and the second step, where one is asked for; then a new app is enrolled."""
        if not self.account.password:
            return
        form = self._form_of("/staff/login/", "captcha")
        form.fields |= {"username": self.name, "password": self.account.password, "remember": "nothing"}
        form.fields["digits"] = self.account.digits(form.fields["captcha"])
        answer = self._send("/staff/login/", form)
        if "/second/" in answer.headers.get("Location", ""):
            at = answer.headers["Location"]
            form = self._form_of(at, "code")
            form.fields["code"] = self._code()
            answer = self._send(at, form)
        if not answer.is_redirect:
            raise SystemExit(f"{self.name} cannot sign in: {answer.status_code}")
        self._enrol()

    def _enrol(self) -> None:
        page = self.ask("GET", "/staff/security/app/")
        [form] = [form for form in Page(page.text).forms if "sealed" in form.fields]
        secret = "".join(re.findall(r"<code>([A-Z2-7 ]+)</code>", page.text)[0].split())
        self._secret, self._step = secret, 0
        form.fields |= {"name": "of the audit", "code": self._code()}
        answer = self._send("/staff/security/app/", form)
        if not (answer.is_redirect or answer.ok):
            raise SystemExit(f"{self.name} cannot enrol an app: {answer.status_code}")

    def _proved(self, path: str, form: Form) -> requests.Response:
        """Give password and code; the lock that attacks on passwords bring is opened, not waited for."""
        self.proofs += 1
        self.account.released()
        form.fields |= {"password": self.account.password, "code": self._code()}
        answer = self._send(path, form)
        if any("carried" in form.fields for form in Page(answer.text).forms):
            told = f"takes no proof, {answer.status_code}: {shape(path)} (as {self.name})"
            self.faults[told] += 1
            print(f"FAULT {told}", flush=True)
        return answer

    def _form_of(self, path: str, name: str) -> Form:
        return next(form for form in Page(self.ask("GET", path).text).forms if name in form.fields)

    def _send(self, path: str, form: Form) -> requests.Response:
        return self._sent("POST", path, how="", data=form.fields, headers={"Referer": self.site + path})

    def _code(self) -> str:
        """What the app shows; a code serves once, so that the next half minute is waited for at times."""
        step = max(int(time.time()) // totp.STEP, self._step + 1)
        # One step early is taken: a phone's clock may run fast.
        while step > int(time.time()) // totp.STEP + 1:
            time.sleep(0.2)
        self._step = step
        return totp.code_of(self._secret, step)
