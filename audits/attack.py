"""Crawl a running demo as everybody, attack every field and parameter found, and tell what gives way.

What it looks for: markup that comes back as markup (at once or on a later page), a template or a formula
that is worked out, a file of the machine, a header of the attacker's, another site, a fault or its trace,
an answer that takes too long, and a security header that is not there. Staff sign in, enrol an
authenticator app and prove themselves anew wherever a page asks for it, as people do.
"""

import os
import re
import sys
import time
from collections import Counter
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

from audits.demo import accounts, running
from audits.pages import Form, Page, shape
from audits.visitor import Visitor

STARTS = ("/", "/in-process/", "/verify/", "/my/", "/staff/", "/admin/", "/demo/")
# A page of each shape is read so often, and each field attacked once by each visitor.
OF_A_SHAPE, PAGES = 1, int(os.environ.get("AUDIT_PAGES", "400"))
BIG = "A" * 20_000
PAYLOADS = {
    "markup": "\"'><zz91 onx=1>",
    "script": "</title></textarea></script><zz91>",
    "template": "{{9187*7919}}${9187*7919}{% debug %}",
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
LEAVE = re.compile("sign-out|logout|sessions/\\d+/end")
# Fields in which a wrong answer locks the account come last. What was sealed is sent whole, then broken.
LOCKING = {"password", "old_password", "code"}
SEALED = {"csrfmiddlewaretoken", "carried", "sealed"}


class Attacker(Visitor):
    """A visitor who reads everything and believes nothing."""

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

    def attack(self, pages: list[tuple[str, Page]], done: set[str]) -> int:
        """Put each payload into each parameter and each field, once; say how many forms there were."""
        found: dict[str, tuple[str, Form, str]] = {}
        for path, page in pages:
            self._parameters(path, done)
            for form in page.forms:
                target = urlsplit(urljoin(path, form.action or path)).path
                mark = f"{form.method} {shape(target)} {sorted(form.fields)}"
                if mark not in done and not LEAVE.search(target):
                    found.setdefault(mark, (target, form, path))
        for mark, (target, form, path) in sorted(
            found.items(), key=lambda one: bool(LOCKING & set(one[1][1].fields))
        ):
            done.add(mark)
            self._form(target, form, path)
        return len(found)

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
            for kept in {frozenset(SEALED & set(form.fields)), frozenset({"csrfmiddlewaretoken"})}:
                self._sent_with(target, form, page, how=how, payload=payload, kept=kept)

    def _sent_with(
        self, target: str, form: Form, page: str, *, how: str, payload: str, kept: frozenset[str]
    ) -> None:
        sent = {name: value if name in kept else payload for name, value in form.fields.items()}
        picture = (f"{how}<zz91>.svg", b"<svg onload='zz91()'/>", "image/svg+xml")
        files = dict.fromkeys(form.files, picture)
        body = {name: value.encode("utf-8", "surrogatepass") for name, value in sent.items()}
        if form.method == "post":
            body["next"] = b"//evil.example/"
            self.ask("POST", target, how=f"[{how}]", data=body, files=files or None,
                     headers={"Referer": self.site + page})  # fmt: skip
        elif how != "big":
            self.ask("GET", target, how=f"[{how}]", params=body)


def main() -> int:
    """Attack it as each visitor, then read everything again for what was stored."""
    faults: Counter[str] = Counter()
    begun, done = time.monotonic(), set[str]()
    with running() as site:
        everybody = [Attacker(site, account, faults) for account in accounts()]
        for visitor in everybody:
            visitor.sign_in()
            pages = visitor.crawl()
            new = visitor.attack(pages, done)
            told = (
                f"{visitor.name}: {len(pages)} pages, {sum(len(page.forms) for _path, page in pages)} forms"
            )
            told += f" ({new} of them new), {visitor.asked} requests, proved anew {visitor.proofs} times"
            print(f"{told}; {len(faults)} faults, {time.monotonic() - begun:.0f} s", flush=True)
        for visitor in everybody:
            print(f"{visitor.name}: {len(visitor.crawl())} pages read again", flush=True)
    for what, often in sorted(faults.items()):
        print(f"FAULT {what}, {often} times")
    asked = sum(visitor.asked for visitor in everybody)
    print(f"{asked} requests, {len(done)} forms and pages, {len(faults)} faults, "
          f"{time.monotonic() - begun:.0f} s")  # fmt: skip
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
