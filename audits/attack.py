"""Crawl a running demo as everybody, attack every field and parameter found, and tell what gives way.

What it looks for: markup that comes back as markup (at once or on a later page), a template or a formula
that is worked out, a file of the machine, a header of the attacker's, another site, a fault or its trace,
an answer that takes too long, and a security header that is not there.
"""

import os
import re
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

import requests

from audits.demo import address_of_its_own, running, visitors

STARTS = ("/", "/in-process/", "/verify/", "/my/", "/staff/", "/admin/", "/demo/")
# A page of each shape is read so often, and each field attacked once by each visitor.
OF_A_SHAPE, PAGES = 1, int(os.environ.get("AUDIT_PAGES", "60"))
SLOW = 10.0
BIG = "A" * 20_000
PAYLOADS = {
    "markup": "\"'><zz91 onx=1>",
    "script": "</title></textarea></script><zz91>",
    "template": "{{91*73}}${91*73}{% debug %}",
    "database": "' OR '1'='1' --\")) UNION SELECT 1;",
    "path": "../../../../../../etc/passwd",
    "header": "x\r\nX-Zz91: yes\r\nSet-Cookie: zz91=1",
    "nothing": "a\0b",
    "big": BIG,
    "number": "9" * 30,
    "site": "//evil.example/",
    "letters": "٣𝟛\u202e\ufeff\ud83d\ude00'",
}
PARAMETERS = ("q", "next", "after", "before", "page", "o", "p", "sort", "then", "roll_no", "since", "id")
SPOILED = re.compile(
    r"<zz91|6643|root:x:0|Traceback \(most recent|django\.(?:db|core)\.|OperationalError|ProgrammingError|"
    r"DataError|syntax error at"
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
LEAVE = re.compile("sign-out|logout|sessions/\\d+/end")


@dataclass
class Form:
    """A form of a page: where it goes, how, and its fields with what stands in them."""

    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)
    files: list[str] = field(default_factory=list)


class Page(HTMLParser):
    """The links and the forms of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.forms: list[Form] = []
        self._select = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        at = {name: value or "" for name, value in attrs}
        if tag == "a" and at.get("href"):
            self.links.append(at["href"])
        if tag == "form":
            self.forms.append(Form(at.get("action", ""), at.get("method", "get").lower()))
        if not self.forms:
            return
        form, name = self.forms[-1], at.get("name", "")
        if tag in ("input", "button", "textarea") and name:
            if at.get("type") == "file":
                form.files.append(name)
            elif at.get("type") not in ("checkbox", "radio") or "checked" in at or name not in form.fields:
                form.fields[name] = at.get("value", "")
        if tag == "select":
            self._select = name
        if tag == "option" and self._select:
            form.fields.setdefault(self._select, at.get("value", ""))


class Visitor:
    """One visitor's requests, each looked at."""

    def __init__(self, site: str, name: str, key: str, faults: Counter) -> None:
        self.site, self.name, self.faults = site, name, faults
        self.browser = requests.Session()
        if key:
            self.browser.cookies.set("sessionid", key)
        self.asked = 0

    def ask(self, method: str, path: str, *, how: str = "", **more) -> requests.Response:
        """Send it and look at the answer."""
        headers = {"X-Forwarded-For": address_of_its_own(), "Referer": self.site + "/"} | more.pop(
            "headers", {}
        )
        begun = time.monotonic()
        answer = self.browser.request(
            method, urljoin(self.site, path), headers=headers, allow_redirects=False, timeout=60, **more
        )
        self.asked += 1
        self._look(answer, f"{method} {shape(path)} {how}", time.monotonic() - begun)
        return answer

    def _look(self, answer: requests.Response, where: str, took: float) -> None:
        def fault(what: str) -> None:
            self.faults[f"{what}: {where} (as {self.name})"] += 1

        # What the web server itself refuses, before any of ours sees it, has no header of ours.
        ours = "X-Request-ID" in answer.headers
        if answer.status_code >= 500:
            fault(f"answers {answer.status_code}")
        kind = answer.headers.get("Content-Type", "")
        spoiled = SPOILED.search(answer.text) if re.match("text/html|application/json", kind) else None
        if spoiled:
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

    def crawl(self) -> list[tuple[str, Page]]:
        """Read page after page, a few of each shape."""
        found: list[tuple[str, Page]] = []
        waiting, seen = list(STARTS), Counter(map(shape, STARTS))
        while waiting and len(found) < PAGES:
            path = waiting.pop(0)
            answer = self.ask("GET", path)
            onward = [answer.headers["Location"]] if answer.is_redirect else []
            if answer.ok and "html" in answer.headers.get("Content-Type", ""):
                page = Page(answer.text)
                found.append((path, page))
                onward = page.links
            for link in onward:
                whole = urlsplit(urljoin(self.site + path, link))
                target = whole.path + (f"?{whole.query}" if whole.query else "")
                if whole.netloc != urlsplit(self.site).netloc or LEAVE.search(target):
                    continue
                if seen[shape(target)] < OF_A_SHAPE:
                    seen[shape(target)] += 1
                    waiting.append(target)
        return found

    def attack(self, pages: list[tuple[str, Page]], done: set[str]) -> None:
        """Put each payload into each parameter and each field, once."""
        for path, page in pages:
            self._parameters(path, done)
            for form in page.forms:
                target = urlsplit(urljoin(path, form.action or path))
                mark = f"{form.method} {shape(target.path)} {sorted(form.fields)}"
                if mark not in done and not LEAVE.search(target.path):
                    done.add(mark)
                    self._form(target.path, form, path)

    def _parameters(self, path: str, done: set[str]) -> None:
        parts = urlsplit(path)
        given = dict(parse_qsl(parts.query))
        if f"get {shape(parts.path)}" in done:
            return
        done.add(f"get {shape(parts.path)}")
        for how, payload in PAYLOADS.items():
            together = dict.fromkeys([*PARAMETERS, *given], payload[:2000])
            self.ask("GET", f"{parts.path}?{urlencode(together, errors='surrogatepass')}", how=f"[{how}]")
        for payload in ("%00", "..%2f..%2fetc%2fpasswd", "%22%3E%3Czz91%3E", "%0d%0aX-Zz91:%20yes", "%ff%fe"):
            self.ask("GET", f"{parts.path.rstrip('/')}{payload}/", how="[in the path]")
        hostile = {
            "User-Agent": PAYLOADS["markup"], "Referer": f"{self.site}/{PAYLOADS['markup']}",
            "Accept-Language": "../../x;q=zz91,<zz91>", "X-Forwarded-Host": "evil.example",
            "X-Request-ID": "zz91<zz91>", "X-Forwarded-Proto": "<zz91>", "X-HTTP-Method-Override": "DELETE",
        }  # fmt: skip
        self.ask("GET", path, how="[headers]", headers=hostile)
        self.ask("GET", path, how="[language]", cookies={"django_language": "<zz91>", "messages": "<zz91>"})
        for method in ("DELETE", "TRACE"):
            self.ask(method, path, how="[method]")

    def _form(self, target: str, form: Form, page: str) -> None:
        for how, payload in PAYLOADS.items():
            sent = {
                name: value if name == "csrfmiddlewaretoken" else payload
                for name, value in form.fields.items()
            }
            picture = (f"{how}<zz91>.svg", b"<svg onload='zz91()'/>", "image/svg+xml")
            files = dict.fromkeys(form.files, picture)
            body = {name: value.encode("utf-8", "surrogatepass") for name, value in sent.items()}
            if form.method == "post":
                body["next"] = b"//evil.example/"
                self.ask("POST", target, how=f"[{how}]", data=body, files=files or None,
                         headers={"Referer": self.site + page})  # fmt: skip
            elif how != "big":
                self.ask("GET", target, how=f"[{how}]", params=body)


def shape(path: str) -> str:
    """The path with what differs from thing to thing left out."""
    parts = urlsplit(path)
    plain = re.sub(r"[A-Z0-9]{3}-[A-Z0-9]{3}-[A-Z0-9]{4}|\d+|%[0-9a-fA-F]{2}", "#", parts.path)
    return plain[:90] + ("?" + ",".join(sorted(dict(parse_qsl(parts.query)))) if parts.query else "")


def main() -> int:
    """Attack it as each visitor, then read everything again for what was stored."""
    faults: Counter[str] = Counter()
    begun, asked, done = time.monotonic(), 0, set[str]()
    with running() as site:
        everybody = [Visitor(site, name, key, faults) for name, key in visitors().items()]
        for visitor in everybody:
            pages = visitor.crawl()
            visitor.attack(pages, done)
            print(
                f"{visitor.name}: {len(pages)} pages, {visitor.asked} requests, {len(faults)} faults",
                flush=True,
            )
        for visitor in everybody:
            visitor.crawl()
            asked += visitor.asked
    for what, often in sorted(faults.items()):
        print(f"FAULT {what}" + (f" ({often} times)" if often > 1 else ""))
    print(f"{asked} requests, {len(done)} forms and pages, {len(faults)} faults, "
          f"{time.monotonic() - begun:.0f} s")  # fmt: skip
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
