"""Every address there is, by every sort of visitor, with somebody else's things and with nonsense."""

import re
from urllib.parse import urlsplit

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client

from degreetrack.accounts.models import Role, User
from tests.web.whole_site import MARKS, NONSENSE, Route, filled, forged, routes, somebody_else, stands

__all__ = ["somebody_else"]
pytestmark = pytest.mark.django_db
STAFF = [role for role in Role if role not in (Role.APPLICANT, Role.CLOCK, Role.LEDGER)]
# Arguments that name a page, not a thing of somebody's.
OF_NOBODY = {
    "state",
    "name",
    "form",
    "language",
    "channel",
    "code",
    "app_label",
    "url",
    "verb",
    "which",
    "how",
}
OF_NOBODY |= {"decision", "part", "content_type_id"}
# What anybody may ask for in another's name: the answer is the same for all, the news goes to its owner.
IN_ANYBODYS_NAME = {
    "portal:sign-in": "the code goes to the owner's phone",
    "portal:code": "each wrong code counts",
}
# The demo shows all that it has, on purpose; it is refused outside DEMO=1.
SHOWS_ALL = "demo:"
# Where one need not be signed in, though the rest of the house is shut.
DOORS = re.compile("desk:(login|logout|password-reset)|portal:(sign-|code|prove)|admin:(login|logout)")
HOUSE_OF_STAFF = ("/staff/login/?next=", "/admin/login/?next=")
# Rows of the visitor's own browser, and counts of tries.
OF_THE_VISIT = {"django_session", "accounts_attempt", "accounts_lockout", "applicants_applicantsession"}
_WRITES = re.compile(r'^(?:INSERT INTO|UPDATE|DELETE FROM) "?(\w+)', re.I)
# Pages whose very purpose is every office's matter, with the reason.
OF_ALL_OFFICES = {
    "desk:receive": "any counter receives any student's application; each look is journalled",
    "desk:contacts": "an applicant may show themselves at any counter; each look is journalled",
    "desk:contact-decide": "an applicant may show themselves at any counter",
    "desk:stock-lot": "the blanks of the university lie in one store",
    "desk:aside-again": "work that failed, of the whole place, without a word of any case",
    "admin:accounts_user_security": "who administers users reads what their factors are called",
    "desk:audit": "auditors read of every office; roll, registration and tracking numbers, no name",
}
# What everybody has who signs in: their own sessions, factors and password.
OF_ONESELF = {
    "desk:sessions", "desk:security", "desk:second-begin", "desk:second-app", "desk:second-passkey",
    "desk:recovery-codes", "desk:password",
}  # fmt: skip


class Crawl:
    """One visitor's way through all addresses, and what was wrong on it."""

    def __init__(self, who: str, browser: Client, other: dict) -> None:
        self.who, self.browser, self.other = who, browser, other
        browser.raise_request_exception = False
        self.faults: list[str] = []
        self.brief = False
        self._before = stands(other)
        self._written: set[str] = set()

    def walk(self, *, nonsense: bool) -> list[str]:
        """Read and post to every address; return what was wrong."""
        self.brief = not nonsense
        form = forged(self.other)
        with connection.execute_wrapper(self._note):
            for route in routes():
                # Who is no administrator is turned away by one check, whatever their role.
                if self.brief and route.name.startswith("admin:") and route.arguments:
                    continue
                for values in (self.other, NONSENSE) if nonsense and route.arguments else (self.other,):
                    path = route.path(filled(route, values))
                    for method in ("get", "post"):
                        self._ask(route, path, method, form, foreign=values is self.other)
        if stands(self.other) != self._before:
            self.faults.append(f"{self.who} left something with somebody else's")
        return self.faults

    def _note(self, execute, sql, params, many, context):
        found = _WRITES.match(sql)
        if found:
            self._written.add(found[1])
        return execute(sql, params, many, context)

    def _ask(self, route: Route, path: str, method: str, form: dict, *, foreign: bool) -> None:
        self._written.clear()
        asked = {name: form[name] for name in ("q", "text", "roll_no", "next")}
        answer = getattr(self.browser, method)(path, form if method == "post" else asked)
        body = b"".join(answer) if answer.streaming else answer.content
        where = f"{self.who}: {method} {route.name} {path}: {answer.status_code}"
        written = self._written - OF_THE_VISIT
        if answer.status_code >= 500:
            self.faults.append(f"{where} is a fault of ours")
        self._headers(answer, where, route)
        if route.name.startswith(SHOWS_ALL):
            self._before = stands(self.other) if written else self._before
            return
        shown = MARKS.search(body.decode("utf-8", "replace")) or MARKS.search(str(answer.headers))
        if shown and route.name not in OF_ALL_OFFICES:
            self.faults.append(f"{where} shows {shown[0]}")
        if method == "get" or (foreign and set(route.arguments) - OF_NOBODY):
            self._refused(answer, where, route, method, foreign=foreign)
        refused = answer.status_code in (400, 403, 404, 405) or self.who == "stranger"
        excused = route.name in OF_ALL_OFFICES | IN_ANYBODYS_NAME
        if written and refused and not excused:
            self.faults.append(f"{where} wrote {sorted(written)}")
        if written and excused:
            self._before = stands(self.other)
        elif written - {"journal_entry", "notifications_notice"} and stands(self.other) != self._before:
            self.faults.append(f"{where} changed somebody else's")
            self._before = stands(self.other)

    def _refused(self, answer, where: str, route: Route, method: str, *, foreign: bool) -> None:
        """A foreign thing is there for nobody; what needs a sign-in sends strangers there."""
        code = answer.status_code
        closed = route.name.startswith(("portal:", "documents:", "desk:", "admin:"))
        theirs = foreign and closed and set(route.arguments) - OF_NOBODY and not DOORS.match(route.name)
        theirs = theirs and route.name not in OF_ALL_OFFICES and self.who != "administrator"
        if theirs and method == "get" and code not in (302, 403, 404, 405):
            self.faults.append(f"{where} opens what is somebody else's")
        house = ("/my/sign-in/",) if route.name.startswith(("portal:", "documents:")) else HOUSE_OF_STAFF
        outside = self.who == "stranger" or (
            self.who == "applicant" and route.name.startswith(("desk:", "admin:"))
        )
        if closed and outside and not DOORS.match(route.name):
            # An address of the administration may first be made whole with its slash.
            inside = code == 301 or (code == 302 and answer["Location"].startswith(house))
            if not inside and code not in (404, 405):
                self.faults.append(f"{where} lets in who is not signed in")
        shut = self.who == "nowhere" and route.name.startswith("desk:") and not DOORS.match(route.name)
        if shut and code == 200 and route.name not in OF_ONESELF:
            self.faults.append(f"{where} opens to who sits in no section")
        if code in (301, 302) and urlsplit(answer["Location"]).netloc:
            self.faults.append(f"{where} leads away to {answer['Location']}")

    def _headers(self, answer, where: str, route: Route) -> None:
        """What every answer carries, so that no browser runs, frames, guesses or keeps it."""
        policy = answer.get("Content-Security-Policy", "")
        told = {
            "default-src 'none'": "default-src 'none'" in policy,
            "nothing inline": not re.search("unsafe-|nonce-", policy),
            "nosniff": answer.get("X-Content-Type-Options") == "nosniff",
            "no frame": answer.get("X-Frame-Options") == "DENY",
            "referrer": answer.get("Referrer-Policy") == "same-origin",
            "opener": answer.get("Cross-Origin-Opener-Policy") == "same-origin",
            "resource": answer.get("Cross-Origin-Resource-Policy") == "same-origin",
            "permissions": "camera=()" in answer.get("Permissions-Policy", ""),
        }
        if route.name.startswith(("portal:", "documents:", "desk:", "admin:", "api:")) or (
            route.name == "public:status" and "get" in where
        ):
            kept = answer.get("Cache-Control", "")
            told["kept by no cache"] = "no-store" in kept
        for cookie in filter(lambda one: one.value, answer.cookies.values()):
            told[f"cookie {cookie.key}"] = bool(cookie["httponly"]) and cookie["samesite"] in (
                "Lax",
                "Strict",
            )
        self.faults += [f"{where} lacks {name}" for name, right in told.items() if not right]


@pytest.fixture
def crawl(somebody_else, caplog):
    """Send a visitor through all addresses; return what was wrong."""

    def walk(who: str, browser: Client, *, nonsense: bool = False) -> list[str]:
        cache.clear()
        # Ten thousand refusals would be told one by one.
        caplog.set_level("CRITICAL", logger="django")
        return Crawl(who, browser, somebody_else).walk(nonsense=nonsense)

    return walk


def test_every_argument_of_every_address_is_known(somebody_else):
    for route in routes():
        for values in (somebody_else, NONSENSE):
            assert "<" not in route.path(filled(route, values)), route


def test_a_stranger_finds_nothing_of_anybodys(crawl):
    assert crawl("stranger", Client(), nonsense=True) == []


def test_an_applicant_finds_nothing_of_anothers(crawl, signed_in, a_result):
    assert crawl("applicant", signed_in(a_result("BO680724").student), nonsense=True) == []


@pytest.mark.parametrize("role", STAFF)
def test_staff_find_nothing_of_another_office(role, crawl, person):
    client = Client()
    client.force_login(person(role, office="lahore"))

    assert crawl(role, client, nonsense=role in (Role.REGIONAL, Role.CONTROLLER)) == []


def test_who_sits_in_no_section_opens_nothing(crawl):
    client = Client()
    client.force_login(User.objects.create_user("nowhere"))

    assert crawl("nowhere", client) == []


def test_who_administers_users_and_catalogue_sees_no_applicant(crawl, person):
    client = Client()
    administrator = person(Role.SUPERVISOR, is_superuser=True, username="administrator")
    administrator.section = None
    administrator.save()
    client.force_login(administrator)

    assert crawl("administrator", client, nonsense=True) == []
